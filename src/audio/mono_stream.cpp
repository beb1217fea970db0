// SPDX-License-Identifier: Apache-2.0
#include "audio/mono_stream.h"

#include "audio/internal/channels.h"
#include "audio/internal/resampler.h"
#include "support/errors.h"

#include <algorithm>
#include <utility>

namespace soundfold::audio {
namespace {

constexpr std::size_t kMostFrames = 8192;  ///< mixed at a time

void check_sample_format(const SampleFormat& format) {
  if (format.sample_rate_hz < 1 || format.sample_rate_hz > kMaxSampleRateHz) {
    throw UsageError("sample rate: " + std::to_string(format.sample_rate_hz) + " Hz given, 1 to " +
                     std::to_string(kMaxSampleRateHz) + " are allowed");
  }
  if (format.channels < 1 || format.channels > kMostChannels) {
    throw UsageError("channels: " + std::to_string(format.channels) + " given, 1 to " + std::to_string(kMostChannels) +
                     " are allowed");
  }
}

}  // namespace

struct MonoStream::Impl {
  SampleFormat format;
  std::optional<std::size_t> channel;
  Consumer consume;
  Resampler resampler;
  std::vector<float> mono;
};

MonoStream::MonoStream(const SampleFormat& format, std::optional<std::size_t> channel, int to_hz, Consumer consume) {
  check_sample_format(format);
  impl_.reset(new Impl{format, channel, std::move(consume), {format.sample_rate_hz, to_hz}, {}});
}

MonoStream::~MonoStream() = default;

void MonoStream::push(const float* interleaved, std::size_t frames) {
  auto& [format, channel, consume, resampler, mono] = *impl_;
  while (frames > 0) {
    const decoding::Block block{interleaved, std::min(frames, kMostFrames), format.channels, format.sample_rate_hz};
    if (channel) {
      pick_channel(block, *channel, mono);
    } else {
      mix_channels(block, mono);
    }
    resampler.push(mono.data(), mono.size(), consume);
    interleaved += block.frames * static_cast<std::size_t>(format.channels);
    frames -= block.frames;
  }
}

void MonoStream::finish() {
  impl_->resampler.finish(impl_->consume);
}

std::optional<std::size_t> chosen_channel(Channels channels) {
  if (channels == Channels::left) return 0;
  if (channels == Channels::right) return 1;
  return std::nullopt;
}

std::optional<std::size_t> chosen_channel(Channels channels, const float* interleaved, std::size_t frames,
                                          const SampleFormat& format) {
  check_sample_format(format);
  if (channels != Channels::loudest) return chosen_channel(channels);
  ChannelLevels levels;
  levels.add({interleaved, frames, format.channels, format.sample_rate_hz}, {});
  return levels.loudest();
}

}  // namespace soundfold::audio
