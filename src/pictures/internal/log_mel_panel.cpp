// SPDX-License-Identifier: Apache-2.0
#include "pictures/internal/log_mel_panel.h"

#include "frontend/log_mel.h"
#include "pictures/internal/log_mel_image.h"
#include "pictures/png.h"

#include <algorithm>
#include <cmath>

namespace soundfold::pictures {
namespace {

/// What lies further below the loudest value, in nats, is drawn as silence: 60 dB.
constexpr double kRangeNats = 6.9;

/// Of a magnitude: 20 / ln 10.
constexpr double kDecibelsPerNat = 8.685889638065037;

/// O'Shaughnessy's mel, as YAMNet uses it.
double mel(double hertz) {
  return 1127.0 * std::log(1.0 + hertz / 700.0);
}

/// Columns of the log-mel, highest band first, each the mean of its frames: [bands, width].
std::vector<float> column_means(const std::vector<float>& samples, std::int64_t most_columns, std::int64_t& width) {
  const auto spectrogram = frontend::spectrogram(samples);
  const auto bands = static_cast<std::int64_t>(frontend::kMelBands);
  // The zeros that fill the last patch are not part of the sound.
  const auto own = static_cast<std::int64_t>(samples.size()) / frontend::kHopSamples;
  const auto frames = std::clamp<std::int64_t>(own, 1, spectrogram.frame_count);
  width = std::min<std::int64_t>(frames, most_columns);
  std::vector<float> means(static_cast<std::size_t>(width * bands));
  for (std::int64_t column = 0; column < width; ++column) {
    const auto from = column * frames / width, to = std::max(from + 1, (column + 1) * frames / width);
    for (std::int64_t band = 0; band < bands; ++band) {
      float sum = 0;
      for (auto t = from; t < to; ++t) sum += spectrogram.log_mel[static_cast<std::size_t>(t * bands + band)];
      means[static_cast<std::size_t>((bands - 1 - band) * width + column)] = sum / static_cast<float>(to - from);
    }
  }
  return means;
}

}  // namespace

LevelImage log_mel_image(const std::vector<float>& samples, int most_columns) {
  std::int64_t width = 0;
  const auto means = column_means(samples, most_columns, width);
  const double high =
      std::max(static_cast<double>(*std::max_element(means.begin(), means.end())), std::log(frontend::kLogOffset) + 1);
  const double low = std::max(high - kRangeNats, std::log(frontend::kLogOffset));
  std::vector<std::uint8_t> levels(means.size());
  std::transform(means.begin(), means.end(), levels.begin(), [&](float value) {
    const double share = (static_cast<double>(value) - low) / (high - low);
    return static_cast<std::uint8_t>(std::lround(std::clamp(share, 0.0, 1.0) * (kLevels - 1)));
  });
  const int columns = static_cast<int>(width);
  return {png_of_levels(levels, columns, frontend::kMelBands), columns, frontend::kMelBands,
          (high - low) * kDecibelsPerNat};
}

double add_log_mel(Svg& svg, const std::vector<float>& samples, const Area& area, const char* label) {
  const auto image = log_mel_image(samples, static_cast<int>(std::lround(area.right - area.left)));
  svg.raw("<image x=\"" + number(area.left) + "\" y=\"" + number(area.top) + "\" width=\"" +
          number(area.right - area.left) + "\" height=\"" + number(area.height) +
          "\" preserveAspectRatio=\"none\" href=\"data:image/png;base64," + base64(image.png) + "\"/>");
  const Scale y{mel(frontend::kMelLowHz), mel(frontend::kMelHighHz), area.bottom(), area.top};
  for (const int hertz : {250, 500, 1000, 2000, 4000}) {
    svg.line(area.left - 4, y(mel(hertz)), area.left, y(mel(hertz)));
    svg.text(area.left - 6, y(mel(hertz)) + 4,
             hertz < 1000 ? std::to_string(hertz) : std::to_string(hertz / 1000) + "k", "text-anchor=\"end\"");
  }
  const double middle = area.top + area.height / 2;
  const double x = std::max(11.0, area.left - 47);
  svg.text(x, middle, label,
           "text-anchor=\"middle\" transform=\"rotate(-90 " + number(x) + " " + number(middle) + ")\"");
  return image.range_db;
}

}  // namespace soundfold::pictures
