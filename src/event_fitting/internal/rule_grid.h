// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event_rule.h"

#include <array>
#include <cstddef>
#include <vector>

/// Private to this room.
namespace soundfold::event_fitting {

/// Values to choose from. `off` is chosen as a share of `on`, so that it never lies above.
class RuleGrid {
 public:
  /// A place on each axis: on, off, smooth_s, min_duration_s, max_gap_s, trim_s.
  using Point = std::array<std::size_t, 6>;

  /// `probabilities` of all windows: their percentiles are values of `on` too, as a model's may lie in a narrow range.
  RuleGrid(double hop_s, std::vector<double> probabilities);
  std::size_t size(std::size_t axis) const { return axes_[axis].size(); }
  events::EventRule rule(const Point& point) const;
  /// The points that a search starts from: careful and eager ones.
  std::vector<Point> starts() const;

 private:
  Point near(const std::array<double, 6>& values) const;
  std::array<std::vector<double>, 6> axes_;
};

}  // namespace soundfold::event_fitting
