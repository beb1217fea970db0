// SPDX-License-Identifier: Apache-2.0
#include "optimization/schedule.h"

#include "support/errors.h"

#include <algorithm>
#include <cmath>

namespace soundfold::optimization {
namespace {

using config::ScheduleType;

constexpr double kPi = 3.14159265358979323846;
constexpr double kOneCycleRise = 0.3;
constexpr double kOneCycleStart = 1.0 / 25.0;

/// From `from` (at fraction 0) to `to` (at 1) along half a cosine.
double cosine_between(double from, double to, double fraction) {
  return to + (from - to) * 0.5 * (1.0 + std::cos(kPi * std::clamp(fraction, 0.0, 1.0)));
}

}  // namespace

Schedule::Schedule(const config::Schedule& schedule, double base_rate, std::int64_t epochs,
                   std::int64_t steps_per_epoch, const config::EarlyStopping& monitored)
    : schedule_(schedule),
      base_rate_(base_rate),
      total_steps_(static_cast<double>(epochs * steps_per_epoch)),
      warmup_steps_(std::round(schedule.warmup_epochs * static_cast<double>(steps_per_epoch))),
      plateau_(monitored.monitor, monitored.mode, schedule.plateau_patience, monitored.min_delta) {
  if (warmup_steps_ > 0 && warmup_steps_ >= total_steps_) {
    throw UsageError("schedule.warmup_epochs: the warm-up takes all of the " + std::to_string(epochs) +
                     " training.epochs; give fewer than that");
  }
}

double Schedule::one_cycle(double step) const {
  const auto rise = warmup_steps_ > 0 ? warmup_steps_ : kOneCycleRise * total_steps_;
  if (step < rise) return cosine_between(kOneCycleStart * base_rate_, base_rate_, step / rise);
  return cosine_between(base_rate_, schedule_.final_factor * base_rate_, (step - rise) / (total_steps_ - rise));
}

double Schedule::learning_rate(std::int64_t step) const {
  const auto now = static_cast<double>(step);
  if (schedule_.type == ScheduleType::one_cycle) return one_cycle(now);
  const auto lowest = schedule_.final_factor * base_rate_;
  const auto reached =
      schedule_.type == ScheduleType::reduce_on_plateau ? std::max(base_rate_ * plateau_scale_, lowest) : base_rate_;
  if (now < warmup_steps_) return reached * (now + 1) / warmup_steps_;
  if (schedule_.type != ScheduleType::cosine) return reached;
  return cosine_between(base_rate_, lowest, (now - warmup_steps_) / (total_steps_ - warmup_steps_));
}

void Schedule::epoch_done(std::int64_t epoch, double value) {
  if (schedule_.type != ScheduleType::reduce_on_plateau) return;
  plateau_.update(epoch, value);
  if (!plateau_.should_stop()) return;
  plateau_scale_ *= schedule_.plateau_factor;
  auto state = plateau_.state();
  state.stalled = 0;
  plateau_.restore(state);
}

void Schedule::restore(const State& state) {
  plateau_scale_ = state.plateau_scale;
  plateau_.restore(state.plateau);
}

}  // namespace soundfold::optimization
