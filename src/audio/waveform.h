// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoding/sound_info.h"
#include "text/choice.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::audio {

/// The rate of waveforms where no network asks for another, in Hz.
inline constexpr int kSampleRateHz = 16'000;
/// The highest rate that files may have and that they are decoded to.
inline constexpr int kMaxSampleRateHz = 768'000;

/// How a file of several channels becomes mono: their arithmetic mean; the first or second alone; or the one of the
/// highest RMS over the whole file, the first of equal ones. Where a file has fewer channels than that, the last it
/// has.
enum class Channels { mean, left, right, loudest };

/// Their names, for text/choice.h.
constexpr ChoiceNames<Channels> choice_names_of(Channels) {
  return {{"mean", "left", "right", "loudest"}};
}

/// Throws UsageError for a name that is not one of mean, left, right, loudest.
Channels channels_named(const std::string& name);

struct DecodeOptions {
  Channels channels = Channels::mean;
  double max_seconds = 0;              ///< a longer file is a DataError; 0: no limit
  int sample_rate_hz = kSampleRateHz;  ///< of the samples given: what the network takes
};

/// One line that names all that decides the samples besides the file's bytes ("mean-channels soxr-hq-16000 v3"); part
/// of the embedding store's key. What the libraries that decode lossy formats change in the last bits from one version
/// to the next is not in it.
std::string decode_recipe(const DecodeOptions& options = {});

/// What decoding noticed besides the samples.
struct DecodeReport {
  /// By how many dB the RMS of the mean over channels lies below that of the loudest channel; may be infinite. Only for
  /// Channels::mean, otherwise 0.
  double mean_below_loudest_db = 0;
  /// The channels cancel each other, so that the mean is 20 dB or more below the loudest channel.
  bool channels_cancel() const { return mean_below_loudest_db >= 20; }
};

/// Reads only the header. Throws DataError as load_waveform does.
decoding::SoundInfo probe(const std::filesystem::path& path);

/// Decodes a whole sound file (WAV, FLAC, Ogg, MP3, AIFF and what else libsndfile reads; with FFmpeg also M4A, AAC,
/// MP4, WebM, WMA, AMR, WavPack and others; any rate from 1 to 768 kHz, any width, up to 64 channels) into mono float
/// samples at options.sample_rate_hz: one channel as `options` choose, then soxr HQ with its delay removed and its tail
/// flushed, so that n samples at rate r give round(n * sample_rate_hz / r) samples (within one). Where the rate changes
/// on the way, each stretch is resampled by itself. Integer files are scaled to [-1, 1); float files keep their values.
///
/// Throws DataError naming the file and the reason when it is missing, not a regular file, not a sound, empty, shorter
/// than one sample at that rate, longer than options.max_seconds, or holds samples that are NaN, infinite or above 100
/// in any channel. A file that was truncated is a DataError too, found at its end: WAV, AIFF or FLAC that holds over 10
/// ms less than its header claims, Ogg without its end mark (docs/reliability.md lists the formats). WAV headers that a
/// streaming writer left without a size claim nothing, and MP3 is a row of frames, of which any number is a sound: such
/// files give what they hold. What a Xing or Info header of an MP3 says of delay, padding and length is left out of the
/// sound; without one it is decoded to its end, the encoder's delay included (some 1,100 samples at the file's rate).
///
/// `report` gets what was noticed; without it, channels that cancel each other are logged as a warning. Throws
/// UsageError for a rate that is not in 1 to kMaxSampleRateHz.
std::vector<float> load_waveform(const std::filesystem::path& path, const DecodeOptions& options = {},
                                 DecodeReport* report = nullptr);

/// The same samples block by block in constant memory: `consume` gets consecutive blocks of at most 16,384 samples.
/// Returns the number of samples given. The blocks joined are equal to load_waveform's result, bit for bit.
std::int64_t stream_waveform(const std::filesystem::path& path,
                             const std::function<void(const float* samples, std::size_t count)>& consume,
                             const DecodeOptions& options = {}, DecodeReport* report = nullptr);

/// A mono waveform brought from one rate (Hz) to another as load_waveform does it. Throws UsageError for a rate that is
/// not in 1 to kMaxSampleRateHz, DataError when soxr fails.
std::vector<float> resampled(std::vector<float> waveform, int from_hz, int to_hz);

/// Writes mono float samples as a 16-bit WAV (atomically); for tests and examples. Values are clipped to [-1, 1].
void write_wav(const std::filesystem::path& path, const std::vector<float>& samples, int sample_rate_hz);

}  // namespace soundfold::audio
