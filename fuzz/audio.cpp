// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "memory_file.h"
#include "promise.h"
#include "targets.h"

#include <cmath>
#include <cstdint>
#include <string_view>

namespace soundfold::fuzz {
namespace {

// A few bytes can rightly mean hours: FLAC of silence, or a rate of 1 Hz.
constexpr double kMostSeconds = 20;
constexpr std::size_t kLargestBlock = 65'536;

}  // namespace

void try_audio(const std::uint8_t* bytes, std::size_t count) {
  static const MemoryFile file;
  file.write({reinterpret_cast<const char*>(bytes), count});
  const bool header_is_read = accepted(
      [] {
        const decoding::SoundInfo info = audio::probe(file.path());
        require(info.sample_rate_hz >= 1 && info.channels >= 1 && info.frames >= 0, "impossible header values");
        note(info.format + (info.channels > 1 ? " many" : " one"));
      },
      true);
  std::int64_t seen = 0;
  const bool samples_are_read = accepted(
      [&] {
        const auto look = [&](const float* samples, std::size_t block) {
          require(block >= 1 && block <= kLargestBlock, "a block of an impossible size");
          for (std::size_t i = 0; i < block; ++i) require(std::isfinite(samples[i]), "a sample that is not finite");
          seen += static_cast<std::int64_t>(block);
        };
        const std::int64_t given = audio::stream_waveform(file.path(), look, {audio::Channels::mean, kMostSeconds});
        require(given == seen && given >= 1, "a wrong number of samples");
      },
      true);
  require(header_is_read || !samples_are_read, "samples from a file whose header is refused");
}

}  // namespace soundfold::fuzz
