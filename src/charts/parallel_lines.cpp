// SPDX-License-Identifier: Apache-2.0
#include "charts/parallel_lines.h"

#include "pictures/svg.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace soundfold::charts {
namespace {

constexpr double kAxisTop = 34, kAxisBottom = 250, kAxisApart = 150, kAxisLeft = 80;

bool setting_number(const std::string& text, double& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && result.ec == std::errc() && result.ptr == text.data() + text.size();
}

/// The distinct settings of an axis, from bottom to top.
std::vector<std::string> axis_settings(const std::vector<ParallelLine>& lines, std::size_t axis) {
  std::vector<std::string> distinct;
  bool numbers = true;
  double ignored = 0;
  for (const auto& line : lines) {
    const auto& setting = line.settings[axis];
    if (std::find(distinct.begin(), distinct.end(), setting) != distinct.end()) continue;
    distinct.push_back(setting);
    numbers = numbers && setting_number(setting, ignored);
  }
  if (numbers) {
    std::sort(distinct.begin(), distinct.end(), [](const std::string& a, const std::string& b) {
      double left = 0, right = 0;
      setting_number(a, left);
      setting_number(b, right);
      return left < right;
    });
  }
  return distinct;
}

double setting_height(const std::vector<std::string>& settings, const std::string& setting) {
  const auto at = std::find(settings.begin(), settings.end(), setting) - settings.begin();
  const auto steps = static_cast<double>(std::max<std::size_t>(2, settings.size()) - 1);
  return settings.size() == 1 ? (kAxisTop + kAxisBottom) / 2
                              : kAxisBottom - static_cast<double>(at) / steps * (kAxisBottom - kAxisTop);
}

pictures::Scale value_scale(const std::vector<ParallelLine>& lines) {
  double low = INFINITY, high = -INFINITY;
  for (const auto& line : lines) {
    if (!std::isfinite(line.value)) continue;
    low = std::min(low, line.value);
    high = std::max(high, line.value);
  }
  if (!std::isfinite(low)) return {0, 1, kAxisBottom, kAxisTop};
  return {low, high > low ? high : low + 1e-9, kAxisBottom, kAxisTop};
}

void add_sweep_axis(pictures::Svg& svg, double x, const std::string& name) {
  svg.line(x, kAxisTop, x, kAxisBottom, "stroke=\"currentColor\"");
  svg.text(x, 16, pictures::shortened(name, 24), "text-anchor=\"middle\" font-weight=\"600\"");
}

void add_setting(pictures::Svg& svg, double x, double y, const std::string& text) {
  svg.text(x - 6, y + 4, pictures::shortened(text, 16),
           "text-anchor=\"end\" paint-order=\"stroke\" stroke=\"var(--paper,#fff)\" stroke-width=\"3\"");
}

}  // namespace

std::string parallel_lines_picture(const std::vector<std::string>& axes, const std::string& value_name,
                                   const std::vector<ParallelLine>& lines) {
  if (lines.empty()) return "";
  const double last = kAxisLeft + kAxisApart * static_cast<double>(axes.size());
  pictures::Svg svg(last + 70, kAxisBottom + 20, "Members of the sweep: settings and " + value_name);
  std::vector<std::vector<std::string>> settings;
  for (std::size_t axis = 0; axis < axes.size(); ++axis) settings.push_back(axis_settings(lines, axis));
  const auto values = value_scale(lines);
  // The marked one lies on top.
  for (const bool marked : {false, true}) {
    for (const auto& line : lines) {
      if (line.marked != marked) continue;
      std::string points;
      for (std::size_t axis = 0; axis < axes.size(); ++axis) {
        points += pictures::number(kAxisLeft + kAxisApart * static_cast<double>(axis), 1) + "," +
                  pictures::number(setting_height(settings[axis], line.settings[axis]), 1) + " ";
      }
      const bool has_value = std::isfinite(line.value);
      if (has_value) points += pictures::number(last, 1) + "," + pictures::number(values(line.value), 1);
      const double share = has_value ? (line.value - values.low) / (values.high - values.low) : 0;
      svg.raw("<polyline fill=\"none\" stroke=\"" +
              (has_value ? pictures::hexadecimal(pictures::viridis(share)) : "#8a8f98") + "\" stroke-width=\"" +
              (marked ? "4" : "1.6") + "\" points=\"" + points + "\"><title>" +
              pictures::escaped(pictures::shortened(line.name, 300)) + "</title></polyline>");
    }
  }
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    const double x = kAxisLeft + kAxisApart * static_cast<double>(axis);
    add_sweep_axis(svg, x, axes[axis]);
    for (const auto& setting : settings[axis]) add_setting(svg, x, setting_height(settings[axis], setting), setting);
  }
  add_sweep_axis(svg, last, value_name);
  for (const double tick : pictures::ticks(values.low, values.high, 5))
    svg.text(last + 6, values(tick) + 4, pictures::number(tick, 6));
  return svg.str();
}

}  // namespace soundfold::charts
