// SPDX-License-Identifier: Apache-2.0
#include "charts/map.h"

#include "pictures/svg.h"

#include <algorithm>
#include <cmath>

namespace soundfold::charts {
namespace {

constexpr double kMapWidth = 760, kMapHeight = 560, kMapEdge = 14;

bool has_place(const MapPoint& point) {
  return std::isfinite(point.x) && std::isfinite(point.y);
}

/// Both axes to one scale, centred.
struct MapScale {
  double left = 0, top = 0, factor = 1;
  double x(double value) const { return left + value * factor; }
  double y(double value) const { return top - value * factor; }
};

MapScale map_scale(const std::vector<MapPoint>& points) {
  double low_x = INFINITY, high_x = -INFINITY, low_y = INFINITY, high_y = -INFINITY;
  for (const auto& point : points) {
    if (!has_place(point)) continue;
    low_x = std::min(low_x, point.x);
    high_x = std::max(high_x, point.x);
    low_y = std::min(low_y, point.y);
    high_y = std::max(high_y, point.y);
  }
  MapScale scale;
  const double wide = std::max(high_x - low_x, 1e-9), tall = std::max(high_y - low_y, 1e-9);
  scale.factor = std::min((kMapWidth - 2 * kMapEdge) / wide, (kMapHeight - 2 * kMapEdge) / tall);
  scale.left = kMapWidth / 2 - scale.factor * (low_x + high_x) / 2;
  scale.top = kMapHeight / 2 + scale.factor * (low_y + high_y) / 2;
  return scale;
}

std::string map_mark(const MapPoint& point, const MapScale& scale) {
  const auto x = pictures::number(scale.x(point.x), 1), y = pictures::number(scale.y(point.y), 1);
  const auto tip = pictures::escaped(pictures::shortened(point.tip, 160));
  std::string mark = "<circle cx=\"" + x + "\" cy=\"" + y + "\" r=\"" + (point.link.empty() ? "3" : "5") +
                     "\" data-point=\"" + std::to_string(point.number) + "\"><title>" + tip + "</title></circle>";
  if (point.wrong) {
    mark += "<circle cx=\"" + x + "\" cy=\"" + y + "\" r=\"8\" fill=\"none\" stroke=\"currentColor\" " +
            "stroke-width=\"1.5\" pointer-events=\"none\"/>";
  }
  if (point.link.empty()) return mark;
  return "<a href=\"" + pictures::escaped(point.link) + "\" aria-label=\"" + tip + "\">" + mark + "</a>";
}

}  // namespace

std::string class_colour(std::size_t number_of_class, std::size_t count) {
  const double share = static_cast<double>(number_of_class) / static_cast<double>(std::max<std::size_t>(1, count));
  const char* light = number_of_class % 2 == 0 ? "52%" : "40%";
  return "hsl(" + pictures::number(360 * share, 0) + ",65%," + light + ")";
}

std::string map_picture(const std::vector<MapPoint>& points, const std::vector<std::string>& class_names) {
  if (std::none_of(points.begin(), points.end(), has_place)) return "";
  pictures::Svg svg(kMapWidth, kMapHeight, "Map of the clips: near each other where their embeddings are alike");
  svg.rect(0.5, 0.5, kMapWidth - 1, kMapHeight - 1, "fill=\"none\" stroke=\"currentColor\" opacity=\".3\"");
  const auto scale = map_scale(points);
  for (std::size_t k = 0; k < class_names.size(); ++k) {
    std::string marks;
    // Those that lead somewhere lie on top.
    for (const bool linked : {false, true}) {
      for (const auto& point : points) {
        const bool own = point.class_number == k && has_place(point) && point.link.empty() != linked;
        if (own) marks += map_mark(point, scale);
      }
    }
    if (marks.empty()) continue;
    svg.raw("<g data-class=\"" + std::to_string(k) + "\" fill=\"" + class_colour(k, class_names.size()) + "\">" +
            marks + "</g>");
  }
  return svg.str();
}

}  // namespace soundfold::charts
