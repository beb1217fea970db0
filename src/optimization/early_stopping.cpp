// SPDX-License-Identifier: Apache-2.0
#include "optimization/early_stopping.h"

#include <cmath>

namespace soundfold::optimization {
namespace {

bool larger_is_better_for(config::Metric monitor, config::MonitorMode mode) {
  if (mode != config::MonitorMode::automatic) return mode == config::MonitorMode::max;
  return monitor != config::Metric::loss && monitor != config::Metric::validation_loss;
}

}  // namespace

EarlyStopping::EarlyStopping(config::Metric monitor, config::MonitorMode mode, std::int64_t patience, double min_delta)
    : larger_is_better_(larger_is_better_for(monitor, mode)), patience_(patience), min_delta_(min_delta) {}

bool EarlyStopping::better(double value, double than, double by) const {
  return larger_is_better_ ? value > than + by : value < than - by;
}

bool EarlyStopping::update(std::int64_t epoch, double value) {
  if (std::isnan(value)) {
    ++stalled_;
    return false;
  }
  const bool first = best_epoch_ == 0;
  if (first || better(value, reference_, min_delta_)) {
    reference_ = value;
    stalled_ = 0;
  } else {
    ++stalled_;
  }
  if (!first && !better(value, best_value_, 0)) return false;
  best_value_ = value;
  best_epoch_ = epoch;
  return true;
}

EarlyStopping::State EarlyStopping::state() const {
  return {best_value_, reference_, best_epoch_, stalled_};
}

void EarlyStopping::restore(const State& state) {
  best_value_ = state.best_value;
  reference_ = state.reference;
  best_epoch_ = state.best_epoch;
  stalled_ = state.stalled;
}

}  // namespace soundfold::optimization
