// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::charts {

/// One clip on a map.
struct MapPoint {
  double x = 0, y = 0;
  std::size_t class_number = 0;
  bool wrong = false;      ///< drawn with a ring
  std::string tip;         ///< shown on hovering, and read by screen readers where there is a link
  std::string link;        ///< an address, or ""
  std::size_t number = 0;  ///< for scripts: data-point="12"
};

/// The colour of class `number` of `count`: hues evenly apart, every other one darker.
std::string class_colour(std::size_t number, std::size_t count);

/// Points in the plane, both axes to the same scale, one <g data-class="NUMBER"> for each class; points with a link are
/// larger. Points that are not finite are left out; "" when none is left.
std::string map_picture(const std::vector<MapPoint>& points, const std::vector<std::string>& class_names);

}  // namespace soundfold::charts
