// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace soundfold::pictures {

/// Whether this build has librsvg, which draws SVG as PNG.
bool can_rasterise();

/// The PNG of an SVG file's text, `scale` pixels for each of its units. Throws UsageError without librsvg and when an
/// edge would be longer than 30,000 pixels, DataError when librsvg cannot draw it.
std::string png_of_svg(const std::string& svg, double scale);

}  // namespace soundfold::pictures
