// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::pictures {

/// RFC 4648's base64, padded.
std::string base64(const std::string& bytes);

/// How many colours a picture of levels has: enough to see, and few enough to pack well.
inline constexpr int kLevels = 32;

/// A PNG of `height` rows of `width` levels 0 to kLevels - 1, drawn in viridis. Throws DataError when libpng cannot.
std::string png_of_levels(const std::vector<std::uint8_t>& levels, int width, int height);

}  // namespace soundfold::pictures
