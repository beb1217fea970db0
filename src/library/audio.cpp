// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "library/internal/decode_options.h"

#include <soundfold/audio.h>

#include <utility>

namespace soundfold {
namespace {

static_assert(kSampleRateHz == audio::kSampleRateHz);

audio::Channels channels_of(Channels channels) {
  switch (channels) {
    case Channels::mean:
      return audio::Channels::mean;
    case Channels::left:
      return audio::Channels::left;
    case Channels::right:
      return audio::Channels::right;
    case Channels::loudest:
      return audio::Channels::loudest;
  }
  return audio::Channels::mean;
}

}  // namespace

audio::DecodeOptions decode_options(const AudioOptions& options, int sample_rate_hz) {
  return {channels_of(options.channels), options.max_seconds, sample_rate_hz};
}

AudioInfo probe_audio(const std::filesystem::path& path) {
  auto info = audio::probe(path);
  return {info.sample_rate_hz, info.channels, info.frames, std::move(info.format)};
}

std::vector<float> load_audio(const std::filesystem::path& path, const AudioOptions& options) {
  return audio::load_waveform(path, decode_options(options));
}

std::int64_t stream_audio(const std::filesystem::path& path, const SampleConsumer& consume,
                          const AudioOptions& options) {
  return audio::stream_waveform(path, consume, decode_options(options));
}

}  // namespace soundfold
