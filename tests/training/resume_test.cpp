// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "training/synthetic.h"
#include "training/trainer.h"
#include "training/variants.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using testing::Crash;
using testing::small_settings;
using testing::train_quietly;
using testing::values_of;

namespace {

bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

void check_same(training::Outcome& a, training::Outcome& b) {
  CHECK(values_of(a.head) == values_of(b.head));
  CHECK(a.epochs_run == b.epochs_run);
  CHECK(a.best_epoch == b.best_epoch);
  CHECK(a.stopped_early == b.stopped_early);
  REQUIRE(a.history.size() == b.history.size());
  for (std::size_t i = 0; i < a.history.size(); ++i) {
    const auto &x = a.history[i], &y = b.history[i];
    CHECK(x.epoch == y.epoch);
    CHECK(x.loss == y.loss);
    CHECK(x.accuracy == y.accuracy);
    CHECK(same(x.validation_loss, y.validation_loss));
    CHECK(same(x.validation_clip_accuracy, y.validation_clip_accuracy));
    CHECK(x.learning_rate == y.learning_rate);
    CHECK(x.best == y.best);
  }
}

/// Trains uninterrupted, then with a crash after every epoch, and compares bit by bit.
void check_resume_everywhere(const training::Settings& settings, const heads::FeatureSet& train,
                             const heads::FeatureSet& validation, std::int64_t classes,
                             const training::TrainerOptions& base = {}) {
  auto uninterrupted = train_quietly(settings, train, validation, classes, base);
  auto again = train_quietly(settings, train, validation, classes, base);
  check_same(uninterrupted, again);
  for (std::int64_t crash = 1; crash <= uninterrupted.epochs_run; ++crash) {
    const testing::TempFolder folder;
    auto options = base;
    options.checkpoint = folder / "checkpoint.pt";
    options.on_epoch = [&](const training::EpochMetrics& metrics) {
      if (metrics.epoch == crash) throw Crash();
    };
    CHECK_THROWS_AS(train_quietly(settings, train, validation, classes, options), Crash);
    options.on_epoch = nullptr;
    options.resume = true;
    auto resumed = train_quietly(settings, train, validation, classes, options);
    INFO("crash after epoch " << crash);
    check_same(uninterrupted, resumed);
  }
}

}  // namespace

TEST_CASE("two runs are identical, and resuming at every epoch too", "[training]") {
  const auto train = testing::make_clips(29, 5, 3, 1);
  const auto validation = testing::make_clips(9, 5, 3, 2);
  for (const auto& variant : testing::kTrainingVariants) {
    INFO(variant.what);
    auto settings = small_settings();
    variant.change(settings);
    check_resume_everywhere(settings, train, validation, 3);
  }
  auto settings = small_settings();
  settings.objective.type = config::Loss::binary_cross_entropy;
  check_resume_everywhere(settings, testing::make_multi_label_clips(29, 5, 3, 1), {}, 3);
}

TEST_CASE("each epoch uses its own features, a resumed one too", "[training]") {
  const auto train = testing::make_clips(29, 5, 3, 1);
  std::vector<std::int64_t> asked;
  training::TrainerOptions options;
  options.fresh_features = [&](std::int64_t epoch) {
    asked.push_back(epoch);
    return train.features * (1 + 0.2 * static_cast<double>(epoch));
  };
  auto settings = small_settings();
  settings.training.epochs = 4;
  settings.early_stopping.enabled = false;
  for (const auto pooling : {config::Pooling::window, config::Pooling::mean}) {
    asked.clear();
    settings.head.pooling = pooling;
    auto trained = train_quietly(settings, train, {}, 3, options);
    CHECK(asked == std::vector<std::int64_t>{1, 2, 3, 4});
    auto plain = train_quietly(settings, train, {}, 3);
    CHECK(values_of(trained.head) != values_of(plain.head));
    check_resume_everywhere(settings, train, {}, 3, options);
  }
}

TEST_CASE("a resumed training may be extended when its schedule does not depend on the number of epochs",
          "[training]") {
  const testing::TempFolder folder;
  const auto clips = testing::make_clips(29, 5, 3, 1);
  training::TrainerOptions options;
  options.checkpoint = folder / "checkpoint.pt";
  auto shorter = small_settings(), longer = small_settings();
  longer.training.epochs = 6;
  train_quietly(shorter, clips, {}, 3, options);
  options.resume = true;
  auto resumed = train_quietly(longer, clips, {}, 3, options);
  auto uninterrupted = train_quietly(longer, clips, {}, 3);
  check_same(uninterrupted, resumed);
  shorter.schedule.type = longer.schedule.type = config::ScheduleType::cosine;
  options.resume = false;
  train_quietly(shorter, clips, {}, 3, options);
  options.resume = true;
  CHECK_THROWS_WITH(train_quietly(longer, clips, {}, 3, options), Catch::Contains("training.epochs was 4, is 6"));
}

TEST_CASE("a checkpoint of other settings or data is refused, naming them", "[training]") {
  const testing::TempFolder folder;
  auto settings = small_settings();
  const auto clips = testing::make_clips(29, 5, 3, 1);
  training::TrainerOptions options;
  options.checkpoint = folder / "checkpoint.pt";
  train_quietly(settings, clips, {}, 3, options);
  options.resume = true;
  auto changed = settings;
  changed.training.batch_size = 16;
  changed.seed = 8;
  CHECK_THROWS_WITH(train_quietly(changed, clips, {}, 3, options),
                    Catch::Contains("seed was 7, is 8; training.batch_size was 8, is 16"));
  auto other = clips;
  other.features = clips.features.clone();
  other.features[3][1] += 1e-3;
  CHECK_THROWS_WITH(train_quietly(settings, other, {}, 3, options), Catch::Contains("training data was 29 clips"));
  CHECK_THROWS_WITH(train_quietly(settings, clips, clips, 3, options), Catch::Contains("validation data was none"));
  CHECK_THROWS_AS(train_quietly(changed, clips, {}, 3, options), DataError);
  CHECK_NOTHROW(train_quietly(settings, clips, {}, 3, options));
}

TEST_CASE("a damaged checkpoint is refused and a missing one means a fresh start", "[training]") {
  const testing::TempFolder folder;
  const auto clips = testing::make_clips(29, 5, 3, 1);
  training::TrainerOptions options;
  options.checkpoint = folder / "checkpoint.pt";
  options.resume = true;
  auto fresh = train_quietly(small_settings(), clips, {}, 3, options);
  CHECK(fresh.epochs_run == 4);
  const auto bytes = read_file(options.checkpoint);
  write_file_atomically(options.checkpoint, std::string_view(bytes).substr(0, bytes.size() - 7));
  CHECK_THROWS_WITH(train_quietly(small_settings(), clips, {}, 3, options), Catch::Contains("checkpoint.pt"));
}
