// SPDX-License-Identifier: Apache-2.0
#include "charts/score_curve.h"

#include "pictures/svg.h"

#include <algorithm>

namespace soundfold::charts {

std::string score_curve_picture(const std::vector<ScoreGroup>& groups) {
  if (groups.empty()) return "";
  pictures::Svg svg(360, 300, "Share of right answers by score, with 95 % intervals");
  const pictures::Scale x{0, 1, 54, 344}, y{0, 1, 252, 12};
  pictures::left_axis(svg, y, x.from, x.to, "P(correct)");
  std::vector<double> line;
  for (const auto& group : groups) {
    const double at = x(group.mean_score);
    const double share =
        static_cast<double>(group.correct) / static_cast<double>(std::max<std::int64_t>(1, group.count));
    line.insert(line.end(), {at, y(share)});
    svg.line(at, y(group.interval.low), at, y(group.interval.high), "stroke=\"#2f7fd6\" stroke-width=\"2\"");
    svg.raw("<circle cx=\"" + pictures::number(at, 1) + "\" cy=\"" + pictures::number(y(share), 1) +
            "\" r=\"4\" fill=\"#2f7fd6\"><title>" +
            pictures::escaped("mean score " + pictures::number(group.mean_score, 3) + ": " +
                              std::to_string(group.correct) + " of " + std::to_string(group.count) + " right") +
            "</title></circle>");
  }
  svg.polyline(line, "stroke=\"#2f7fd6\" opacity=\".5\"");
  svg.line(x(0), y(0), x(1), y(1), "stroke=\"currentColor\" stroke-dasharray=\"4 3\"");
  pictures::bottom_axis(svg, x, y.from, "score of the class given");
  return svg.str();
}

}  // namespace soundfold::charts
