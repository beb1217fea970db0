// SPDX-License-Identifier: Apache-2.0
#include "pictures/sound_picture.h"

#include "frontend/recipe.h"
#include "pictures/internal/log_mel_panel.h"
#include "pictures/svg.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace soundfold::pictures {
namespace {

constexpr double kLeft = 54, kRight = 428;
constexpr int kColumns = 374;  // one a unit
constexpr std::array<const char*, 3> kClassColours = {"#2f7fd6", "#d9731a", "#8a8f98"};

void add_waveform(Svg& svg, const std::vector<float>& samples, double top, double height) {
  const auto ends = extremes(samples, kColumns);
  float peak = 1e-4F;
  for (const float end : ends) peak = std::max(peak, std::abs(end));
  const Scale y{-static_cast<double>(peak), static_cast<double>(peak), top + height, top};
  std::string path;
  for (std::size_t i = 0; i < kColumns; ++i) {
    const double high = y(static_cast<double>(ends[2 * i + 1])), low = y(static_cast<double>(ends[2 * i]));
    path += "M" + number(kLeft + 0.5 + static_cast<double>(i), 1) + " " + number(high, 1) + "v" +
            number(std::max(0.5, low - high), 1);
  }
  svg.raw("<path d=\"" + path + "\" stroke=\"currentColor\" stroke-width=\"1\"/>");
  svg.text(kLeft - 6, top + 9, number(static_cast<double>(peak), 3), "text-anchor=\"end\"");
  svg.text(kLeft - 6, top + height, "-" + number(static_cast<double>(peak), 3), "text-anchor=\"end\"");
}

/// Steps: a window's probability is drawn over the hop around its middle, the first and last to the window's end.
void add_timeline(Svg& svg, const Timeline& timeline, const Scale& time, double top, double height) {
  const Scale y{0, 1, top + height, top};
  left_axis(svg, y, kLeft, kRight, "probability", 2);
  const double lead = (timeline.window_seconds - timeline.hop_seconds) / 2;
  for (std::size_t c = 0; c < timeline.classes.size() && c < kClassColours.size(); ++c) {
    std::vector<double> points;
    for (std::size_t p = 0; p < timeline.windows.size(); ++p) {
      const double start = static_cast<double>(p) * timeline.hop_seconds;
      const double from = p == 0 ? 0 : start + lead;
      const bool is_last = p + 1 == timeline.windows.size();
      const double to = is_last ? start + timeline.window_seconds : start + lead + timeline.hop_seconds;
      if (from >= time.high) break;
      const double at = y(timeline.windows[p][static_cast<std::size_t>(timeline.classes[c])]);
      points.insert(points.end(), {time(from), at, time(std::min(to, time.high)), at});
    }
    const std::string colour = kClassColours[c];
    svg.polyline(points,
                 "stroke=\"" + colour + "\" stroke-width=\"1.8\"" + (c == 1 ? " stroke-dasharray=\"6 2\"" : ""));
    const double x = kLeft + 125 * static_cast<double>(c);
    svg.line(x, top + height + 44, x + 14, top + height + 44, "stroke=\"" + colour + "\" stroke-width=\"3\"");
    svg.text(x + 18, top + height + 48,
             shortened(timeline.class_names[static_cast<std::size_t>(timeline.classes[c])], 16));
  }
}

}  // namespace

std::vector<float> extremes(const std::vector<float>& samples, int columns) {
  std::vector<float> result;
  const auto count = static_cast<std::int64_t>(samples.size());
  for (std::int64_t i = 0; i < columns; ++i) {
    const auto from = std::min(i * count / columns, count - 1), to = std::max(from + 1, (i + 1) * count / columns);
    const auto [low, high] = std::minmax_element(samples.begin() + from, samples.begin() + to);
    result.insert(result.end(), {*low, *high});
  }
  return result;
}

std::string sound_picture(const std::vector<float>& samples, const std::string& name, const Timeline& timeline) {
  const bool has_windows = timeline.hop_seconds > 0 && !timeline.windows.empty();
  const double end = has_windows ? 246 : 164;
  Svg svg(440, end + (has_windows ? 54 : 34), "Waveform, log-mel and probability over time of " + shortened(name, 80));
  const Scale time{0, static_cast<double>(samples.size()) / frontend::kSampleRateHz, kLeft, kRight};
  add_waveform(svg, samples, 4, 44);
  add_log_mel(svg, samples, {kLeft, kRight, 54, 110}, "Hz (mel)");
  if (has_windows) add_timeline(svg, timeline, time, 176, 70);
  bottom_axis(svg, time, end, "time in s");
  return svg.str();
}

}  // namespace soundfold::pictures
