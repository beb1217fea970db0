// SPDX-License-Identifier: Apache-2.0
#include "charts/panels.h"

#include "pictures/svg.h"

#include <algorithm>
#include <cmath>

namespace soundfold::charts {
namespace {

constexpr double kPanelWidth = 250, kPanelHeight = 168;

struct PanelRange {
  double first = INFINITY, last = -INFINITY, highest = 0;

  void add(const std::vector<std::pair<double, double>>& points) {
    for (const auto& [epoch, value] : points) {
      if (!std::isfinite(value)) continue;
      first = std::min(first, epoch);
      last = std::max(last, epoch);
      highest = std::max(highest, value);
    }
  }
  void add(const Panel& panel) {
    add(panel.training);
    add(panel.validation);
  }
};

void add_panel_line(pictures::Svg& svg, const std::vector<std::pair<double, double>>& points, const pictures::Scale& x,
                    const pictures::Scale& y, const std::string& style) {
  std::vector<double> places;
  for (const auto& [epoch, value] : points) {
    if (std::isfinite(value)) places.insert(places.end(), {x(epoch), y(value)});
  }
  // A single point would not be seen.
  if (places.size() == 2) places.insert(places.end(), {places[0] + 3, places[1]});
  if (!places.empty()) svg.polyline(places, style);
}

std::string panel_picture(const Panel& panel, const PanelRange& range) {
  pictures::Svg svg(kPanelWidth, kPanelHeight, panel.title + ": " + panel.value_label + " by epoch");
  const pictures::Scale x{range.first, std::max(range.last, range.first + 1), 50, kPanelWidth - 8};
  const pictures::Scale y{0, range.highest > 0 ? range.highest * 1.05 : 1, kPanelHeight - 34, 20};
  svg.text(50, 13, pictures::shortened(panel.title, 34));
  pictures::left_axis(svg, y, x.from, x.to, panel.value_label, 4);
  for (const auto& [epoch, dashes] : {std::pair(panel.best_epoch, "5 3"), std::pair(panel.stop_epoch, "1 3")}) {
    if (epoch > 0) {
      svg.line(x(epoch), y.to, x(epoch), y.from,
               "stroke=\"currentColor\" stroke-dasharray=\"" + std::string(dashes) + "\"");
    }
  }
  add_panel_line(svg, panel.training, x, y, "stroke=\"#2f7fd6\" stroke-width=\"1.8\"");
  add_panel_line(svg, panel.validation, x, y, "stroke=\"#d9731a\" stroke-width=\"1.8\" stroke-dasharray=\"7 2\"");
  pictures::bottom_axis(svg, x, y.from, "epoch");
  return svg.str();
}

}  // namespace

std::vector<std::string> panel_pictures(const std::vector<Panel>& panels, bool same_values) {
  PanelRange all;
  for (const auto& panel : panels) all.add(panel);
  std::vector<std::string> pictures;
  for (const auto& panel : panels) {
    PanelRange own;
    own.add(panel);
    if (!std::isfinite(own.first)) continue;
    auto range = all;
    if (!same_values) range.highest = own.highest;
    pictures.push_back(panel_picture(panel, range));
  }
  return pictures;
}

}  // namespace soundfold::charts
