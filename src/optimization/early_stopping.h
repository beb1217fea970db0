// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/choices.h"

#include <cstdint>

namespace soundfold::optimization {

/// Decides when to stop. Rule: a value better than the reference by more than `min_delta` becomes the reference and
/// resets the patience; otherwise the epoch counts as stalled, and training stops after `patience` stalled epochs in a
/// row. The best state to keep is always that of the best value seen, however small the gain; of equals the first.
class EarlyStopping {
 public:
  /// `mode` automatic: min for losses, max otherwise. Numbers are at least 0, which config/ checks.
  EarlyStopping(config::Metric monitor, config::MonitorMode mode, std::int64_t patience, double min_delta);

  /// Takes the value of one epoch (counted from 1). Returns true when it is the best so far. NaN is never better.
  bool update(std::int64_t epoch, double value);
  bool should_stop() const { return patience_ > 0 && stalled_ >= patience_; }

  double best_value() const { return best_value_; }
  std::int64_t best_epoch() const { return best_epoch_; }  ///< 0 before the first
  std::int64_t stalled() const { return stalled_; }

  /// State for checkpoints.
  struct State {
    double best_value = 0, reference = 0;
    std::int64_t best_epoch = 0, stalled = 0;
  };
  State state() const;
  void restore(const State& state);

 private:
  bool better(double value, double than, double by) const;
  bool larger_is_better_;
  std::int64_t patience_;  ///< 0: never stop
  double min_delta_;
  double best_value_ = 0, reference_ = 0;
  std::int64_t best_epoch_ = 0, stalled_ = 0;
};

}  // namespace soundfold::optimization
