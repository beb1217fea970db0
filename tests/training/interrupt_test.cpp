// SPDX-License-Identifier: Apache-2.0
#include "support/interrupt.h"

#include "support/errors.h"
#include "testing/testing.h"
#include "training/synthetic.h"
#include "training/trainer.h"

#include <catch2/catch.hpp>

#include <csignal>

using namespace soundfold;

namespace {

/// Asks to stop after epoch `epoch`, which the next epoch's first batch sees; puts everything back at the end.
struct StopAfter {
  explicit StopAfter(std::int64_t after) : epoch(after) {
    install_interrupt_handler();
    clear_interrupt();
  }
  ~StopAfter() {
    clear_interrupt();
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
  }
  void operator()(const training::EpochMetrics& metrics) const {
    if (metrics.epoch == epoch) std::raise(SIGINT);
  }
  std::int64_t epoch;
};

}  // namespace

TEST_CASE("an interrupted training resumes to the same weights", "[training]") {
  const testing::TempFolder folder;
  const auto settings = testing::small_settings();
  const auto clips = testing::make_clips(40, 4, 3, 1);
  auto uninterrupted = testing::train_quietly(settings, clips, clips, 3);
  training::TrainerOptions options;
  options.checkpoint = folder / "c.pt";
  {
    const StopAfter stop(2);
    options.on_epoch = [&](const training::EpochMetrics& metrics) { stop(metrics); };
    CHECK_THROWS_WITH(testing::train_quietly(settings, clips, clips, 3, options),
                      "stopped in epoch 3; epochs 1 to 2 are saved");
  }
  options.on_epoch = nullptr;
  options.resume = true;
  auto resumed = testing::train_quietly(settings, clips, clips, 3, options);
  CHECK(testing::values_of(resumed.head) == testing::values_of(uninterrupted.head));
  CHECK(resumed.epochs_run == uninterrupted.epochs_run);
}

TEST_CASE("an interrupt before the first epoch ends says that nothing is saved", "[training]") {
  const StopAfter stop(0);
  std::raise(SIGINT);
  const auto clips = testing::make_clips(40, 4, 3, 1);
  CHECK_THROWS_WITH(testing::train_quietly(testing::small_settings(), clips, {}, 3),
                    "stopped in epoch 1; nothing is saved yet");
}
