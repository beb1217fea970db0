// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pictures/svg.h"

#include <vector>

/// The log-mel as part of a picture. Private to this room.
namespace soundfold::pictures {

/// Part of a picture, in its units.
struct Area {
  double left = 0, right = 0, top = 0, height = 0;
  double bottom() const { return top + height; }
};

/// Draws the log-mel of 16 kHz `samples` with its axis of frequencies, labelled `label`; gives how many dB its darkest
/// colour lies below its brightest.
double add_log_mel(Svg& svg, const std::vector<float>& samples, const Area& area, const char* label);

}  // namespace soundfold::pictures
