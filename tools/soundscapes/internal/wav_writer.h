// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>

/// Private to this room.
namespace soundfold::soundscapes {

/// A WAV file (mono, 16 bits) of a length known before, written block by block.
class WavWriter {
 public:
  /// Throws UsageError when the format cannot hold `length` samples, DataError when the file cannot be written.
  WavWriter(const std::filesystem::path& path, std::int64_t length, int sample_rate_hz);
  void write(const float* samples, std::size_t count);
  /// Throws DataError when something was not written.
  void finish();

 private:
  std::filesystem::path path_;
  std::ofstream out_;
};

}  // namespace soundfold::soundscapes
