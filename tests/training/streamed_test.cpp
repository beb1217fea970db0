// SPDX-License-Identifier: Apache-2.0
#include "heads/prediction.h"
#include "support/errors.h"
#include "testing/testing.h"
#include "training/fingerprint.h"
#include "training/synthetic.h"
#include "training/variants.h"

#include <catch2/catch.hpp>

#include <limits>

// Windows that stay in the store give the training that windows in memory give, bit for bit.

using namespace soundfold;
using testing::small_settings;
using testing::streamed;
using testing::train_quietly;
using testing::values_of;

namespace {

void check_equal_training(const training::Settings& settings, const heads::FeatureSet& train,
                          const heads::FeatureSet& validation, training::TrainerOptions options = {}) {
  auto in_memory = train_quietly(settings, train, validation, 3, options);
  const auto validation_streamed = validation.empty() ? validation : streamed(validation);
  auto from_store = train_quietly(settings, streamed(train), validation_streamed, 3, options);
  CHECK(values_of(in_memory.head) == values_of(from_store.head));
  REQUIRE(in_memory.history.size() == from_store.history.size());
  for (std::size_t epoch = 0; epoch < in_memory.history.size(); ++epoch) {
    CHECK(in_memory.history[epoch].loss == from_store.history[epoch].loss);
    CHECK(in_memory.history[epoch].accuracy == from_store.history[epoch].accuracy);
    if (validation.empty()) continue;
    CHECK(in_memory.history[epoch].validation_loss == from_store.history[epoch].validation_loss);
  }
}

}  // namespace

TEST_CASE("streamed training equals training in memory, with every head, augmentation and objective", "[training]") {
  const auto train = testing::make_clips(29, 5, 3, 1), validation = testing::make_clips(9, 5, 3, 2);
  for (const auto& variant : testing::kTrainingVariants) {
    INFO(variant.what);
    auto settings = small_settings();
    variant.change(settings);
    check_equal_training(settings, train, validation);
  }
  auto weighted = train;
  weighted.frame_weights = torch::linspace(0.5, 1.5, train.frame_count());
  check_equal_training(small_settings(), weighted, {});
  auto settings = small_settings();
  settings.objective.type = config::Loss::binary_cross_entropy;
  check_equal_training(settings, testing::make_multi_label_clips(29, 5, 3, 1), {});
}

TEST_CASE("streamed training fits known classes and standardisation to the same values", "[training]") {
  heads::KnownClasses known;
  known.kernel = torch::linspace(-1, 1, 15).view({3, 5});
  known.bias = torch::linspace(0, 1, 3);
  known.mapped = torch::tensor({1.0F, 0.0F, 1.0F});
  training::TrainerOptions options;
  options.known_classes = &known;
  auto settings = small_settings();
  settings.head.known_class_weight = 1.25;
  settings.head.standardize = true;
  // More windows than are measured at a time.
  const auto train = testing::make_clips(4000, 5, 3, 1);
  settings.training.batch_size = 512;
  settings.training.epochs = 1;
  for (const auto pooling : {config::Pooling::window, config::Pooling::mean_max}) {
    settings.head.pooling = pooling;
    check_equal_training(settings, train, testing::make_clips(900, 5, 3, 2), options);
  }
}

TEST_CASE("a training that is interrupted in memory resumes from the store, and the other way round", "[training]") {
  const auto in_memory = testing::make_clips(29, 5, 3, 1);
  const auto from_store = streamed(in_memory);
  const auto settings = small_settings();
  CHECK(make_fingerprint(settings, in_memory, {}, 3) == make_fingerprint(settings, from_store, {}, 3));
  auto unbroken = train_quietly(settings, in_memory, {}, 3);
  for (const bool first_in_memory : {true, false}) {
    const testing::TempFolder folder;
    training::TrainerOptions options;
    options.checkpoint = folder / "checkpoint.pt";
    options.on_epoch = [](const training::EpochMetrics& metrics) {
      if (metrics.epoch == 2) throw testing::Crash();
    };
    CHECK_THROWS_AS(train_quietly(settings, first_in_memory ? in_memory : from_store, {}, 3, options), testing::Crash);
    options.on_epoch = nullptr;
    options.resume = true;
    auto resumed = train_quietly(settings, first_in_memory ? from_store : in_memory, {}, 3, options);
    CHECK(values_of(unbroken.head) == values_of(resumed.head));
  }
}

TEST_CASE("a bound that one batch does not fit in is refused, and bad windows are named", "[training]") {
  auto settings = small_settings();
  const auto clips = testing::make_clips(29, 5, 3, 1);  // clips of at most 4 windows of 5 values
  CHECK_THROWS_WITH(train_quietly(settings, streamed(clips, 8 * 5 * 4 - 1), {}, 3),
                    Catch::Contains("run.feature_memory_mb") && Catch::Contains("one batch of 8 windows"));
  CHECK_NOTHROW(train_quietly(settings, streamed(clips, 8 * 5 * 4), {}, 3));
  settings.head.pooling = config::Pooling::mean;
  CHECK_THROWS_WITH(train_quietly(settings, streamed(clips, 8 * 4 * 5 * 4 - 1), {}, 3),
                    Catch::Contains("one batch of 8 clips"));
  CHECK_NOTHROW(train_quietly(settings, streamed(clips, 8 * 4 * 5 * 4), {}, 3));
  auto bad = clips;
  bad.features = clips.features.clone();
  bad.features[5][1] = std::numeric_limits<float>::quiet_NaN();
  std::string in_memory, from_store;
  const auto problem_of = [&](const heads::FeatureSet& set) {
    try {
      train_quietly(settings, set, {}, 3);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(problem_of(bad), Catch::Contains("not finite numbers"));
  CHECK(problem_of(bad) == problem_of(streamed(bad)));
}
