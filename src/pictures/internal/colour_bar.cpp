// SPDX-License-Identifier: Apache-2.0
#include "pictures/internal/colour_bar.h"

#include "pictures/png.h"

namespace soundfold::pictures {

void add_colour_bar(Svg& svg, const Area& area, double low, double high, const std::string& label) {
  const double step = area.height / kLevels;
  for (int i = 0; i < kLevels; ++i) {
    svg.rect(
        area.left, area.bottom() - step * (i + 1), area.right - area.left, step,
        "shape-rendering=\"crispEdges\" fill=\"" + hexadecimal(viridis(static_cast<double>(i) / (kLevels - 1))) + "\"");
  }
  const Scale y{low, high, area.bottom(), area.top};
  for (const double tick : ticks(low, high, area.height < 100 ? 2 : 3)) {
    svg.line(area.right, y(tick), area.right + 4, y(tick));
    svg.text(area.right + 7, y(tick) + 4, number(tick, 6));
  }
  const double x = area.right + 42, middle = area.top + area.height / 2;
  svg.text(x, middle, label,
           "text-anchor=\"middle\" transform=\"rotate(-90 " + number(x) + " " + number(middle) + ")\"");
}

}  // namespace soundfold::pictures
