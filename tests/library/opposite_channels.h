// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/files.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace soundfold::testing {

/// A WAV of a second at 16 kHz whose two channels cancel each other: reading it is worth a warning.
inline void write_opposite_channels(const std::filesystem::path& path) {
  const auto number = [](std::uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>((value >> (8 * i)) & 0xFFU);
    return text;
  };
  constexpr std::uint32_t kFrames = 16'000;
  std::string wav = "RIFF" + number(36 + 4 * kFrames, 4) + "WAVEfmt " + number(16, 4) + number(1, 2) + number(2, 2) +
                    number(16'000, 4) + number(64'000, 4) + number(4, 2) + number(16, 2) + "data" +
                    number(4 * kFrames, 4);
  for (std::uint32_t i = 0; i < kFrames; ++i) {
    const std::uint32_t sample = 1 + i % 50 * 100;
    wav += number(sample, 2) + number(0x10000U - sample, 2);
  }
  write_file_atomically(path, wav);
}

}  // namespace soundfold::testing
