// SPDX-License-Identifier: Apache-2.0
#include "optimization/schedule.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using optimization::Schedule;

namespace {

constexpr std::int64_t kEpochs = 10, kStepsPerEpoch = 10;

config::Schedule of_type(const std::string& type) {
  config::Schedule schedule;
  schedule.type = choice_named<config::ScheduleType>(type).value();
  return schedule;
}

Schedule make(const config::Schedule& schedule) {
  return Schedule(schedule, 0.1, kEpochs, kStepsPerEpoch, config::EarlyStopping());
}

}  // namespace

TEST_CASE("a constant rate warms up step by step", "[optimization]") {
  auto settings = of_type("constant");
  CHECK(make(settings).learning_rate(0) == 0.1);
  settings.warmup_epochs = 0.4;
  const auto schedule = make(settings);
  CHECK(schedule.learning_rate(0) == Approx(0.025));
  CHECK(schedule.learning_rate(2) == Approx(0.075));
  CHECK(schedule.learning_rate(3) == Approx(0.1));
  CHECK(schedule.learning_rate(99) == Approx(0.1));
}

TEST_CASE("cosine falls from the base rate to the final one", "[optimization]") {
  auto settings = of_type("cosine");
  settings.final_factor = 0.2;
  const auto schedule = make(settings);
  CHECK(schedule.learning_rate(0) == Approx(0.1));
  CHECK(schedule.learning_rate(50) == Approx(0.06));
  CHECK(schedule.learning_rate(25) == Approx(0.02 + 0.08 * (1 + std::sqrt(0.5)) / 2));
  CHECK(schedule.learning_rate(100) == Approx(0.02));
  settings.warmup_epochs = 2;
  const auto warmed = make(settings);
  CHECK(warmed.learning_rate(9) == Approx(0.05));
  CHECK(warmed.learning_rate(20) == Approx(0.1));
  CHECK(warmed.learning_rate(60) == Approx(0.06));
}

TEST_CASE("one cycle rises and falls", "[optimization]") {
  auto settings = of_type("one_cycle");
  const auto schedule = make(settings);
  CHECK(schedule.learning_rate(0) == Approx(0.004));
  CHECK(schedule.learning_rate(15) == Approx(0.052));
  CHECK(schedule.learning_rate(30) == Approx(0.1));
  CHECK(schedule.learning_rate(65) == Approx(0.05));
  CHECK(schedule.learning_rate(100) == Approx(0).margin(1e-12));
  settings.warmup_epochs = 5;
  CHECK(make(settings).learning_rate(50) == Approx(0.1));
}

TEST_CASE("the plateau rule lowers the rate, and resumes from its saved state", "[optimization]") {
  auto settings = of_type("reduce_on_plateau");
  settings.plateau_factor = 0.5;
  settings.plateau_patience = 2;
  settings.final_factor = 0.2;
  auto schedule = make(settings);
  const double losses[] = {1.0, 1.1, 1.0, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95};
  const double rates[] = {0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.02, 0.02};
  for (std::int64_t epoch = 1; epoch <= 9; ++epoch) {
    auto copy = make(settings);
    copy.restore(schedule.state());
    copy.epoch_done(epoch, losses[epoch - 1]);
    schedule.epoch_done(epoch, losses[epoch - 1]);
    INFO("epoch " << epoch);
    CHECK(schedule.learning_rate(epoch * kStepsPerEpoch) == Approx(rates[epoch - 1]));
    CHECK(copy.learning_rate(epoch * kStepsPerEpoch) == schedule.learning_rate(epoch * kStepsPerEpoch));
  }
}

TEST_CASE("impossible schedules are refused", "[optimization]") {
  auto settings = of_type("cosine");
  settings.warmup_epochs = 10;
  CHECK_THROWS_WITH(make(settings), Catch::Contains("schedule.warmup_epochs"));
}
