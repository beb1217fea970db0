// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "optimization/early_stopping.h"

#include <cstdint>
#include <string>

namespace soundfold::optimization {

/// The learning rate at each step. Steps count from 0 over the whole training; T steps in all, W of them warm-up, L the
/// base rate, f the final factor:
///   every type         step s < W: L (s + 1) / W; then with u = (s - W) / (T - W), from 0 to just below 1
///   constant           L
///   cosine             L (f + (1 - f) (1 + cos(pi u)) / 2)                                  (Loshchilov and Hutter,
///   2017) one_cycle          rises along a cosine from L / 25 to L over the first 30 % of the steps (over the warm-up
///   when one is
///                      given), then falls along a cosine to L f                             (Smith and Topin, 2019)
///   reduce_on_plateau  L times plateau_factor for every plateau_patience epochs in a row in which the monitored value
///   is not
///                      better by more than min_delta; never below L f
class Schedule {
 public:
  Schedule(const config::Schedule& schedule, double base_rate, std::int64_t epochs, std::int64_t steps_per_epoch,
           const config::EarlyStopping& monitored);

  double learning_rate(std::int64_t step) const;

  /// Tells the value monitored in one epoch (counted from 1).
  void epoch_done(std::int64_t epoch, double value);

  struct State {
    double plateau_scale = 1;
    EarlyStopping::State plateau;
  };
  State state() const { return {plateau_scale_, plateau_.state()}; }
  void restore(const State& state);

 private:
  double one_cycle(double step) const;

  config::Schedule schedule_;
  double base_rate_;
  double total_steps_, warmup_steps_;
  double plateau_scale_ = 1;
  EarlyStopping plateau_;
};

}  // namespace soundfold::optimization
