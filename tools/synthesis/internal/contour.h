// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace soundfold::synthesis {

/// How a quantity (pitch, level, a formant) goes over time: points joined by half cosines, level before the first and
/// after the last point.
class Contour {
 public:
  struct Point {
    double at;  ///< Whatever the user counts in; usually 0 to 1 over an event.
    double value;
  };

  /// Points in ascending order of `at`, at least one.
  Contour(std::vector<Point> points);  // NOLINT(google-explicit-constructor): a list of points is a contour
  /// The same value all the time.
  Contour(double value);  // NOLINT(google-explicit-constructor): so is a number

  double operator()(double at) const;

  /// A contour with every value times `factor`.
  Contour times(double factor) const;

 private:
  std::vector<Point> points_;
};

}  // namespace soundfold::synthesis
