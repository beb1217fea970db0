// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::pictures {

/// Lowest and highest sample of each of `columns` stretches of equal length: [columns][2], row-major.
std::vector<float> extremes(const std::vector<float>& samples, int columns);

/// Probabilities of windows over time.
struct Timeline {
  std::vector<std::vector<double>> windows;  ///< [P][K] of each window, each class
  double window_seconds = 0.96;
  double hop_seconds = 0;                ///< between the starts of windows; 0: unknown, and nothing is drawn
  std::vector<std::string> class_names;  ///< [K]
  std::vector<std::int64_t> classes;     ///< which to draw, at most three
};

/// Waveform, log-mel and the timeline's probabilities over one axis of time, one below the other. `samples` are 16 kHz
/// mono, at least one.
std::string sound_picture(const std::vector<float>& samples, const std::string& name, const Timeline& timeline = {});

}  // namespace soundfold::pictures
