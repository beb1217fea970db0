// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::testing {

/// Three kinds of sound that cannot be confused. `number` varies pitch, pace and noise.
enum class Kind { beeps, noise, knocks };

/// Two to four seconds of such a sound, mono.
std::vector<float> synthetic_sound(Kind kind, int number, int rate_hz);

/// Writes it as one of five files, by number: 44.1 kHz stereo WAV, 22.05 kHz FLAC, 48 kHz stereo Ogg, 8 kHz WAV, 16 kHz
/// float WAV. Returns the path, which is `folder`/sound<number> with the format's extension.
std::filesystem::path write_synthetic_sound(const std::filesystem::path& folder, Kind kind, int number);

}  // namespace soundfold::testing
