// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"

#include "testing/testing.h"
#include "training/synthetic.h"
#include "training/trainer.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace soundfold;
using testing::make_clips;
using testing::small_settings;
using testing::train_quietly;

TEST_CASE("data that cannot be trained on are named", "[training]") {
  const auto settings = small_settings();
  const auto clips = make_clips(12, 4, 2, 1);
  CHECK_THROWS_WITH(train_quietly(settings, {}, {}, 2), Catch::Contains("no training clips"));
  CHECK_THROWS_WITH(train_quietly(settings, make_clips(1, 4, 2, 1), {}, 2), Catch::Contains("only one training clip"));
  CHECK_THROWS_WITH(train_quietly(settings, make_clips(6, 4, 1, 1), {}, 2),
                    Catch::Contains("all 6 training clips are of one class"));
  CHECK_THROWS_WITH(train_quietly(settings, make_clips(6, 4, 1, 1), {}, 1), Catch::Contains("at least two classes"));
  CHECK_THROWS_WITH(train_quietly(settings, make_clips(6, 4, 3, 1), {}, 2), Catch::Contains("not among the 2 classes"));
  CHECK_THROWS_WITH(train_quietly(settings, clips, make_clips(4, 5, 2, 1), 2), Catch::Contains("different kinds"));
  CHECK_THROWS_AS(train_quietly(settings, {}, {}, 2), UsageError);
}

TEST_CASE("values that are not finite are named by clip and window", "[training]") {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto clips = make_clips(12, 4, 2, 1);
    const auto first = clips.first_frame[3].item<std::int64_t>();
    clips.features[first + 1][2] = bad;
    CHECK_THROWS_WITH(train_quietly(small_settings(), clips, {}, 2),
                      Catch::Contains("training clip 'clip3', window 1"));
    CHECK_THROWS_AS(train_quietly(small_settings(), make_clips(12, 4, 2, 1), clips, 2), DataError);
  }
}

TEST_CASE("a clip without windows is named", "[training]") {
  auto clips = make_clips(3, 4, 2, 1);
  clips.clip_ids.push_back("silent");
  clips.first_frame = torch::cat({clips.first_frame, clips.first_frame.slice(0, 3)});
  clips.targets = torch::cat({clips.targets, clips.targets.slice(0, 2)});
  CHECK_THROWS_WITH(train_quietly(small_settings(), clips, {}, 2), Catch::Contains("'silent' has no windows"));
}

TEST_CASE("settings that do not fit the data are named", "[training]") {
  const auto clips = make_clips(12, 4, 2, 1);
  auto settings = small_settings();
  settings.early_stopping.monitor = config::Metric::validation_loss;
  CHECK_THROWS_WITH(train_quietly(settings, clips, {}, 2), Catch::Contains("'validation_loss' needs validation data"));
  settings = small_settings();
  settings.head.normalization = config::Normalization::batch;
  settings.training.batch_size = 1;
  CHECK_THROWS_WITH(train_quietly(settings, clips, {}, 2), Catch::Contains("batch needs at least 2 samples"));
}

TEST_CASE("divergence is named by epoch and batch", "[training]") {
  auto settings = small_settings();
  settings.optimizer.type = config::OptimizerType::sgd;
  settings.optimizer.learning_rate = 1e12;
  try {
    train_quietly(settings, make_clips(40, 4, 3, 1), {}, 3);
    FAIL("did not diverge");
  } catch (const training::DivergenceError& error) {
    CHECK(error.epoch == 1);
    CHECK(error.batch == 2);  // the first step ruins the weights; the second batch shows it
    CHECK_FALSE(error.loss < 1e6);
    CHECK_THAT(error.what(), Catch::Contains("epoch 1, batch 2") && Catch::Contains("optimizer.learning_rate"));
  }
}

TEST_CASE("divergence after good epochs keeps their checkpoint", "[training]") {
  const testing::TempFolder folder;
  auto settings = small_settings();
  settings.optimizer.type = config::OptimizerType::sgd;
  const auto clips = make_clips(40, 4, 3, 1);
  training::TrainerOptions options;
  options.checkpoint = folder / "c.pt";
  auto good = settings;
  good.training.epochs = 2;
  train_quietly(good, clips, {}, 3, options);
  // One batch of the next epoch cannot be ruined from outside, so ruin the rate through the warm-up's end instead.
  settings.schedule.warmup_epochs = 3;
  settings.training.epochs = 8;
  settings.optimizer.learning_rate = 1e4;
  options.checkpoint = folder / "d.pt";
  std::int64_t last = 0;
  options.on_epoch = [&](const training::EpochMetrics& metrics) { last = metrics.epoch; };
  try {
    train_quietly(settings, clips, {}, 3, options);
    FAIL("did not diverge");
  } catch (const training::DivergenceError& error) {
    CHECK(error.epoch == last + 1);
    CHECK(std::filesystem::exists(folder / "d.pt") == (last > 0));
  }
}
