// SPDX-License-Identifier: Apache-2.0
#include "event_fitting/internal/rule_grid.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace soundfold::event_fitting {

RuleGrid::RuleGrid(double hop_s, std::vector<double> probabilities) {
  axes_[0] = {0.02, 0.05, 0.1,  0.15, 0.2,  0.25, 0.3,  0.35, 0.4,  0.45, 0.5,  0.55,  0.6,
              0.65, 0.7,  0.75, 0.8,  0.85, 0.9,  0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998};
  std::sort(probabilities.begin(), probabilities.end());
  for (const double share : {0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999}) {
    if (probabilities.empty()) break;
    axes_[0].push_back(probabilities[static_cast<std::size_t>(share * static_cast<double>(probabilities.size() - 1))]);
  }
  std::sort(axes_[0].begin(), axes_[0].end());
  axes_[0].erase(std::unique(axes_[0].begin(), axes_[0].end()), axes_[0].end());
  axes_[1] = {0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
  for (const int hops : {0, 2, 4, 6, 8, 12}) {  // a mean over one window to each side is two hops long, and so on
    if (hops * hop_s <= 60) axes_[2].push_back(hops * hop_s);
  }
  axes_[3] = {0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3};
  axes_[4] = {0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5};
  for (int i = 0; i <= 20; ++i) axes_[5].push_back(0.05 * i);
}

events::EventRule RuleGrid::rule(const Point& point) const {
  events::EventRule rule;
  rule.on = axes_[0][point[0]];
  rule.off = rule.on * axes_[1][point[1]];
  rule.smooth_s = axes_[2][point[2]];
  rule.min_duration_s = axes_[3][point[3]];
  rule.max_gap_s = axes_[4][point[4]];
  rule.trim_s = axes_[5][point[5]];
  return rule;
}

RuleGrid::Point RuleGrid::near(const std::array<double, 6>& values) const {
  Point point{};
  for (std::size_t axis = 0; axis < point.size(); ++axis) {
    for (std::size_t i = 0; i < axes_[axis].size(); ++i) {
      const auto distance = [&](std::size_t at) { return std::abs(axes_[axis][at] - values[axis]); };
      if (distance(i) < distance(point[axis])) point[axis] = i;
    }
  }
  return point;
}

std::vector<RuleGrid::Point> RuleGrid::starts() const {
  return {near({0.5, 0.7, 0, 0, 0.5, 0.3}), near({0.8, 0.5, 0.5, 0.5, 0.5, 0.3}), near({0.95, 0.3, 0, 0.5, 1, 0.4}),
          near({0.3, 0.9, 1, 0, 0, 0.2})};
}

}  // namespace soundfold::event_fitting
