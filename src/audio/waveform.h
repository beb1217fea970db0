// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::audio {

/// The rate of every waveform inside Soundfold, in Hz.
inline constexpr int kSampleRateHz = 16'000;

/// Names what turns a file into samples (decoder's channel rule, resampler and its quality); part of the embedding
/// store's key. Change it whenever the samples change.
inline constexpr const char* kDecodeRecipe = "mean-channels soxr-hq-16000 v2";

/// What a sound file says of itself.
struct SoundInfo {
  int sample_rate_hz = 0;
  int channels = 0;
  std::int64_t frames = 0;  ///< As the header claims; some formats do not know. Never trust it for sizes.
  std::string format;       ///< Such as "FLAC, 16 bit".
};

/// Reads only the header. Throws DataError as load_waveform does.
SoundInfo probe(const std::filesystem::path& path);

/// Decodes a whole sound file (WAV, FLAC, Ogg, MP3, AIFF and what else libsndfile reads; any rate from 1 to 768 kHz,
/// any width, up to 64 channels) into mono float samples at 16 kHz: the arithmetic mean over channels, then soxr HQ
/// with its delay removed and its tail flushed, so that n samples at rate r give round(n * 16000 / r) samples (within
/// one). Integer files are scaled to [-1, 1); float files keep their values.
///
/// Throws DataError naming the file and the reason when it is missing, not a regular file, not a sound, empty, shorter
/// than one sample at 16 kHz, or holds samples that are NaN, infinite or above 1e15; and when it is longer than
/// `max_seconds` (0: no limit). A file that was cut off is a DataError too, found at its end: WAV, AIFF or FLAC that
/// holds over 10 ms less than its header claims, Ogg without its end mark. WAV headers that a streaming writer left
/// without a size claim nothing, and MP3 is a row of frames, of which any number is a sound: such files give what they
/// hold. What a Xing or Info header of an MP3 says of delay, padding and length is left out of the sound; without one
/// it is decoded to its end, the encoder's delay included (some 1,100 samples at the file's rate).
std::vector<float> load_waveform(const std::filesystem::path& path, double max_seconds = 0);

/// The same samples block by block in constant memory: `consume` gets consecutive blocks of at most 16,384 samples.
/// Returns the number of samples given. The blocks joined are equal to load_waveform's result, bit for bit.
std::int64_t stream_waveform(const std::filesystem::path& path,
                             const std::function<void(const float* samples, std::size_t count)>& consume,
                             double max_seconds = 0);

/// Writes mono float samples as a 16-bit WAV (atomically); for tests and examples. Values are clipped to [-1, 1].
void write_wav(const std::filesystem::path& path, const std::vector<float>& samples, int sample_rate_hz);

}  // namespace soundfold::audio
