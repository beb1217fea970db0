// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/contour.h"

#include "synthesis/internal/exact_math.h"

#include <utility>

namespace soundfold::synthesis {

Contour::Contour(std::vector<Point> points) : points_(std::move(points)) {}

Contour::Contour(double value) : points_{{0, value}} {}

double Contour::operator()(double at) const {
  if (at <= points_.front().at) return points_.front().value;
  std::size_t next = 1;
  while (next < points_.size() && points_[next].at <= at) ++next;
  if (next == points_.size()) return points_.back().value;
  const Point& a = points_[next - 1];
  const Point& b = points_[next];
  const double position = 0.5 - 0.5 * cosine(0.5 * (at - a.at) / (b.at - a.at));
  return a.value + position * (b.value - a.value);
}

Contour Contour::times(double factor) const {
  auto points = points_;
  for (Point& point : points) point.value *= factor;
  return points;
}

}  // namespace soundfold::synthesis
