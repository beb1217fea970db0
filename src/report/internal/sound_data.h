// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace soundfold::report {

/// 16 kHz mono samples as a data URI for a player: Ogg/Opus of some 32 kbit/s where libsndfile writes it, else
/// Ogg/Vorbis, else 16-bit WAV. Throws DataError when it writes none.
std::string sound_uri(const std::vector<float>& samples);

}  // namespace soundfold::report
