// SPDX-License-Identifier: Apache-2.0
#include "pictures/sound_charts.h"

#include "frontend/recipe.h"
#include "pictures/internal/colour_bar.h"
#include "pictures/internal/log_mel_panel.h"
#include "pictures/png.h"
#include "pictures/svg.h"
#include "support/errors.h"

#include <algorithm>
#include <cmath>

namespace soundfold::pictures {
namespace {

constexpr double kChartWidth = 720;
constexpr double kBarRoom = 72;  // of a bar of colours, its values and label
constexpr double kTimeAxisRoom = 40;
constexpr double kRowHeight = 22;
constexpr const char* kTimeLabel = "time in s";

Scale time_scale(const std::vector<float>& samples, double start_seconds, const Area& area) {
  const double seconds = static_cast<double>(samples.size()) / frontend::kSampleRateHz;
  return {start_seconds, start_seconds + seconds, area.left, area.right};
}

Area bar_beside(const Area& area) {
  return {area.right + 10, area.right + 22, area.top, area.height};
}

/// The log-mel with its scale of colours.
void add_spectrogram(Svg& svg, const std::vector<float>& samples, const Area& area) {
  const double range_db = add_log_mel(svg, samples, area, "frequency in Hz (mel)");
  add_colour_bar(svg, bar_beside(area), -range_db, 0, "dB (loudest: 0)");
}

/// The highest probability of the windows that lie in each of `columns` equal stretches of the time: level of colour.
std::vector<int> column_levels(const Timeline& timeline, std::size_t of_class, double seconds, int columns) {
  const auto last = static_cast<std::int64_t>(timeline.windows.size()) - 1;
  const auto window_at = [&](double time) {
    const auto nearest = std::lround((time - timeline.window_seconds / 2) / timeline.hop_seconds);
    return std::clamp<std::int64_t>(nearest, 0, last);
  };
  std::vector<int> levels;
  for (int column = 0; column < columns; ++column) {
    const double middle = (column + 0.5) * seconds / columns, half = 0.5 * seconds / columns;
    const bool shared = 2 * half > timeline.hop_seconds;
    const auto from = window_at(shared ? middle - half : middle), to = window_at(shared ? middle + half : middle);
    double highest = 0;
    for (auto p = from; p <= to; ++p) {
      highest = std::max(highest, timeline.windows[static_cast<std::size_t>(p)][of_class]);
    }
    levels.push_back(static_cast<int>(std::lround(std::clamp(highest, 0.0, 1.0) * (kLevels - 1))));
  }
  return levels;
}

void add_row(Svg& svg, const std::vector<int>& levels, const Area& area) {
  const double unit = (area.right - area.left) / static_cast<double>(levels.size());
  for (std::size_t from = 0; from < levels.size();) {
    std::size_t to = from + 1;
    while (to < levels.size() && levels[to] == levels[from]) ++to;
    const double share = static_cast<double>(levels[from]) / (kLevels - 1);
    svg.rect(area.left + unit * static_cast<double>(from), area.top, unit * static_cast<double>(to - from), area.height,
             "shape-rendering=\"crispEdges\" fill=\"" + hexadecimal(viridis(share)) + "\"");
    from = to;
  }
}

}  // namespace

std::string waveform_picture(const std::vector<float>& samples, const std::string& name, double start_seconds) {
  const Area area{58, kChartWidth - 12, 8, 170};
  Svg svg(kChartWidth, area.bottom() + kTimeAxisRoom, "Waveform of " + shortened(name, 80));
  const int columns = static_cast<int>(area.right - area.left);
  const auto ends = extremes(samples, columns);
  float peak = 1e-4F;
  for (const float end : ends) peak = std::max(peak, std::abs(end));
  const Scale y{-1.05 * static_cast<double>(peak), 1.05 * static_cast<double>(peak), area.bottom(), area.top};
  left_axis(svg, y, area.left, area.right, "amplitude (full scale: 1)", 4);
  std::string path;
  for (std::size_t i = 0; i < static_cast<std::size_t>(columns); ++i) {
    const double high = y(static_cast<double>(ends[2 * i + 1])), low = y(static_cast<double>(ends[2 * i]));
    path += "M" + number(area.left + 0.5 + static_cast<double>(i), 1) + " " + number(high, 1) + "v" +
            number(std::max(0.5, low - high), 1);
  }
  svg.raw("<path d=\"" + path + "\" stroke=\"#2f7fd6\" stroke-width=\"1\"/>");
  bottom_axis(svg, time_scale(samples, start_seconds, area), area.bottom(), kTimeLabel);
  return svg.str();
}

std::string spectrogram_picture(const std::vector<float>& samples, const std::string& name, double start_seconds) {
  const Area area{58, kChartWidth - kBarRoom, 8, 190};
  Svg svg(kChartWidth, area.bottom() + kTimeAxisRoom, "Log-mel of " + shortened(name, 80));
  add_spectrogram(svg, samples, area);
  bottom_axis(svg, time_scale(samples, start_seconds, area), area.bottom(), kTimeLabel);
  return svg.str();
}

std::string timeline_picture(const std::vector<float>& samples, const std::string& name, const Timeline& timeline,
                             double start_seconds) {
  if (!(timeline.hop_seconds > 0) || timeline.windows.empty()) {
    throw UsageError(name + ": the model does not state where its windows lie, so that there is no timeline");
  }
  const Area mel{150, kChartWidth - kBarRoom, 8, 150};
  const auto rows = static_cast<double>(timeline.classes.size());
  const Area whole{mel.left, mel.right, mel.bottom() + 10, std::max(60.0, rows * kRowHeight)};
  Svg svg(kChartWidth, whole.bottom() + kTimeAxisRoom, "Log-mel and probability over time of " + shortened(name, 80));
  add_spectrogram(svg, samples, mel);
  const auto time = time_scale(samples, start_seconds, whole);
  const double height = whole.height / std::max(1.0, rows);
  for (std::size_t row = 0; row < timeline.classes.size(); ++row) {
    const auto of_class = static_cast<std::size_t>(timeline.classes[row]);
    const Area area{whole.left, whole.right, whole.top + height * static_cast<double>(row), height - 1};
    add_row(
        svg,
        column_levels(timeline, of_class, time.high - time.low, static_cast<int>(std::lround(area.right - area.left))),
        area);
    svg.text(area.left - 6, area.top + height / 2 + 4, shortened(timeline.class_names[of_class], 22),
             "text-anchor=\"end\"");
  }
  add_colour_bar(svg, bar_beside(whole), 0, 1, "probability");
  bottom_axis(svg, time, whole.bottom(), kTimeLabel);
  return svg.str();
}

}  // namespace soundfold::pictures
