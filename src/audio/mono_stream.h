// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

namespace soundfold::audio {

/// Samples in memory, as a microphone or another program gives them.
struct SampleFormat {
  int sample_rate_hz = kSampleRateHz;  ///< 1 to kMaxSampleRateHz
  int channels = 1;                    ///< 1 to 64, interleaved: [frames, channels]
};

/// Mono samples at another rate of interleaved ones that arrive in pieces of any size: one channel, and resampled, as
/// load_waveform() does with a file. push() pieces, then finish() once. Memory does not grow with the length.
class MonoStream {
 public:
  using Consumer = std::function<void(const float* samples, std::size_t count)>;

  /// `channel` counts from 0, and is the last where there are fewer; nothing: the mean of all. Throws UsageError for a
  /// rate or a number of channels that is not allowed.
  MonoStream(const SampleFormat& format, std::optional<std::size_t> channel, int to_hz, Consumer consume);
  ~MonoStream();
  MonoStream(const MonoStream&) = delete;
  MonoStream& operator=(const MonoStream&) = delete;

  void push(const float* interleaved, std::size_t frames);
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The channel that `channels` means, for MonoStream. Of sound that is still to come nobody knows the loudest: then it
/// is the mean.
std::optional<std::size_t> chosen_channel(Channels channels);

/// The same of `frames` interleaved samples that are there. Throws UsageError as MonoStream.
std::optional<std::size_t> chosen_channel(Channels channels, const float* interleaved, std::size_t frames,
                                          const SampleFormat& format);

}  // namespace soundfold::audio
