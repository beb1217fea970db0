// SPDX-License-Identifier: Apache-2.0
#include "pictures/sound_picture.h"

#include "frontend/log_mel.h"
#include "pictures/png.h"
#include "pictures/svg.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace soundfold::pictures {
namespace {

constexpr double kLeft = 54, kRight = 428;
constexpr int kColumns = 374;  // one a unit
constexpr std::array<const char*, 3> kClassColours = {"#2f7fd6", "#d9731a", "#8a8f98"};
/// What lies further below the loudest value, in nats, is drawn as silence: 60 dB.
constexpr double kRangeNats = 6.9;

/// O'Shaughnessy's mel, as YAMNet uses it.
double mel(double hertz) {
  return 1127.0 * std::log(1.0 + hertz / 700.0);
}

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

/// Levels of the log-mel, highest band first: at most two columns of it a unit of width, each the mean of its frames.
std::string log_mel_image(const std::vector<float>& samples) {
  const auto spectrogram = frontend::spectrogram(samples);
  const auto bands = static_cast<std::int64_t>(frontend::kMelBands);
  // The zeros that fill the last patch are not part of the sound.
  const auto own = static_cast<std::int64_t>(samples.size()) / frontend::kHopSamples;
  const auto frames = std::clamp<std::int64_t>(own, 1, spectrogram.frame_count);
  const auto width = std::min<std::int64_t>(frames, kColumns);
  std::vector<float> means(static_cast<std::size_t>(width * bands));
  for (std::int64_t column = 0; column < width; ++column) {
    const auto from = column * frames / width, to = std::max(from + 1, (column + 1) * frames / width);
    for (std::int64_t band = 0; band < bands; ++band) {
      float sum = 0;
      for (auto t = from; t < to; ++t) sum += spectrogram.log_mel[static_cast<std::size_t>(t * bands + band)];
      means[static_cast<std::size_t>((bands - 1 - band) * width + column)] = sum / static_cast<float>(to - from);
    }
  }
  const double high =
      std::max(static_cast<double>(*std::max_element(means.begin(), means.end())), std::log(frontend::kLogOffset) + 1);
  const double low = std::max(high - kRangeNats, std::log(frontend::kLogOffset));
  std::vector<std::uint8_t> levels(means.size());
  std::transform(means.begin(), means.end(), levels.begin(), [&](float value) {
    const double share = (static_cast<double>(value) - low) / (high - low);
    return static_cast<std::uint8_t>(std::lround(std::clamp(share, 0.0, 1.0) * (kLevels - 1)));
  });
  return png_of_levels(levels, static_cast<int>(width), static_cast<int>(bands));
}

void add_log_mel(Svg& svg, const std::vector<float>& samples, double top, double height) {
  svg.raw("<image x=\"" + number(kLeft) + "\" y=\"" + number(top) + "\" width=\"" + number(kRight - kLeft) +
          "\" height=\"" + number(height) + "\" preserveAspectRatio=\"none\" href=\"data:image/png;base64," +
          base64(log_mel_image(samples)) + "\"/>");
  const Scale y{mel(frontend::kMelLowHz), mel(frontend::kMelHighHz), top + height, top};
  for (const int hertz : {250, 500, 1000, 2000, 4000}) {
    svg.line(kLeft - 4, y(mel(hertz)), kLeft, y(mel(hertz)));
    svg.text(kLeft - 6, y(mel(hertz)) + 4, hertz < 1000 ? std::to_string(hertz) : std::to_string(hertz / 1000) + "k",
             "text-anchor=\"end\"");
  }
  svg.text(11, top + height / 2, "Hz (mel)",
           "text-anchor=\"middle\" transform=\"rotate(-90 11 " + number(top + height / 2) + ")\"");
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
  add_log_mel(svg, samples, 54, 110);
  if (has_windows) add_timeline(svg, timeline, time, 176, 70);
  bottom_axis(svg, time, end, "time in s");
  return svg.str();
}

}  // namespace soundfold::pictures
