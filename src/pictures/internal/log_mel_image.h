// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace soundfold::pictures {

/// A PNG whose colours are levels.
struct LevelImage {
  std::string png;
  int width = 0, height = 0;
  double range_db = 0;  ///< from the darkest colour to the brightest
};

/// YAMNet's log-mel of 16 kHz `samples` (at least one), highest band first, time to the right: frames are averaged
/// where there are more than `most_columns`. What is 60 dB or more below the loudest value has the darkest colour.
LevelImage log_mel_image(const std::vector<float>& samples, int most_columns);

}  // namespace soundfold::pictures
