// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "containers/sound_bytes.h"
#include "decoding/sound_info.h"

#include <cstddef>
#include <memory>
#include <string>

namespace soundfold::decoding {

/// Values that a decoder gives at a time, all channels together; fits the caches beside what works on it.
inline constexpr std::size_t kBlockValues = 16'384;

/// Consecutive samples of one rate and number of channels.
struct Block {
  const float* values = nullptr;  ///< interleaved, [frames, channels]; the decoder's own, until the next call
  std::size_t frames = 0;         ///< 0: the end of the sound
  int channels = 1;
  int sample_rate_hz = 0;
};

/// Turns the bytes of one sound file into samples, block by block. Not for use by two threads at once.
class Decoder {
 public:
  virtual ~Decoder() = default;
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// What the header says; rate and channels are those at the beginning.
  virtual SoundInfo info() const = 0;
  /// Whether rate or channels may differ from info() further on.
  virtual bool format_may_change() const { return false; }
  /// The next block, of rate and channels that may differ from those before; after the last sample, a block without
  /// frames. Throws DataError when the file turns out to be damaged or truncated, or the disk fails.
  virtual Block read() = 0;
};

/// The decoder for what the bytes are, whatever the file is called. It reads `bytes`, which must live longer and which
/// must not be read elsewhere meanwhile; `name` stands for the file in messages. Throws DataError when there is none.
///
/// Which decoder reads a file depends on the file alone, never on what else this build could have used: mpg123 for MPEG
/// audio, bare or in a WAV; libsndfile for all else that it knows, link by link in Ogg; FFmpeg for what it does not
/// know.
std::unique_ptr<Decoder> open_decoder(containers::SoundBytes& bytes, const std::string& name);

}  // namespace soundfold::decoding
