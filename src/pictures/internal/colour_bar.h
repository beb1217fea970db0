// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pictures/internal/log_mel_panel.h"
#include "pictures/svg.h"

#include <string>

/// What colours mean. Private to this room.
namespace soundfold::pictures {

/// Viridis from `low` at the bottom to `high` at the top of `area`, with ticks and, upright at the right, `label`.
void add_colour_bar(Svg& svg, const Area& area, double low, double high, const std::string& label);

}  // namespace soundfold::pictures
