// SPDX-License-Identifier: Apache-2.0
#include "soundscapes/internal/wav_writer.h"

#include "containers/sound_bytes.h"
#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace soundfold::soundscapes {
namespace {

constexpr std::int64_t kLargestWavSamples = 2'000'000'000;  ///< 4 GB is the format's limit

void put_size(std::string& header, std::size_t at, std::int64_t value) {
  for (std::size_t i = 0; i < 4; ++i) header[at + i] = static_cast<char>((value >> (8 * i)) & 0xFF);
}

}  // namespace

WavWriter::WavWriter(const std::filesystem::path& path, std::int64_t length, int sample_rate_hz)
    : path_(path), out_(path, std::ios::binary | std::ios::trunc) {
  if (length > kLargestWavSamples) throw UsageError("a recording of this length does not fit a WAV file; make several");
  std::string header = containers::wav_bytes(nullptr, 0, sample_rate_hz);
  const std::size_t data = header.find("data");
  if (data == std::string::npos || header.size() != data + 8) throw DataError("the header of a WAV file is unusual");
  put_size(header, 4, static_cast<std::int64_t>(header.size()) - 8 + 2 * length);
  put_size(header, data + 4, 2 * length);
  out_.write(header.data(), static_cast<std::streamsize>(header.size()));
}

void WavWriter::write(const float* samples, std::size_t count) {
  std::vector<char> bytes(2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<std::uint16_t>(
        std::lrint(std::clamp(static_cast<double>(samples[i]) * 32768.0, -32768.0, 32767.0)));
    bytes[2 * i] = static_cast<char>(value & 0xFF);
    bytes[2 * i + 1] = static_cast<char>(value >> 8);
  }
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void WavWriter::finish() {
  out_.close();
  if (!out_) throw DataError(path_.string() + " cannot be written; is the disk full?");
}

}  // namespace soundfold::soundscapes
