// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"

#include "audio/cancellation.h"
#include "audio/in_memory.h"
#include "audio/internal/resampler.h"
#include "audio/internal/sound_file.h"
#include "containers/sound_bytes.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace soundfold::audio {
namespace fs = std::filesystem;
namespace {

/// Version of what turns a file into samples; raised whenever the samples change.
constexpr const char* kDecodeVersion = "v3";

void check_rate(int sample_rate_hz) {
  if (sample_rate_hz >= 1 && sample_rate_hz <= kMaxSampleRateHz) return;
  throw UsageError("sample rate: " + std::to_string(sample_rate_hz) + " Hz given, 1 to " +
                   std::to_string(kMaxSampleRateHz) + " are allowed");
}

/// Resamples what comes to `output_rate_hz`, each stretch of one rate by itself.
class Stretches {
 public:
  Stretches(int output_rate_hz, const SampleConsumer& consume) : output_rate_hz_(output_rate_hz), consume_(consume) {}

  void push(const MonoBlock& block) {
    if (!resampler_ || block.sample_rate_hz != rate_hz_) {
      finish();
      rate_hz_ = block.sample_rate_hz;
      resampler_.emplace(rate_hz_, output_rate_hz_);
    }
    resampler_->push(block.samples.data(), block.samples.size(), consume_);
  }
  void finish() {
    if (resampler_) resampler_->finish(consume_);
    resampler_.reset();
  }
  int rate_hz() const { return rate_hz_; }

 private:
  int output_rate_hz_;
  const SampleConsumer& consume_;
  std::optional<Resampler> resampler_;
  int rate_hz_ = 0;
};

void refuse_when_empty(const fs::path& path, const SoundFile& file, std::int64_t given, int rate_hz, int wanted_hz) {
  if (file.frames_read() == 0) throw DataError(path.string() + ": holds no samples");
  if (given > 0) return;
  throw DataError(path.string() + ": its " + std::to_string(file.frames_read()) + " samples at " +
                  std::to_string(rate_hz) + " Hz are less than one sample at " + std::to_string(wanted_hz) + " Hz");
}

std::int64_t stream_file(const fs::path& path, SoundFile& file, const SampleConsumer& consume,
                         const DecodeOptions& options, DecodeReport* report) {
  std::int64_t given = 0;
  const SampleConsumer count_and_consume = [&](const float* samples, std::size_t count) {
    given += static_cast<std::int64_t>(count);
    consume(samples, count);
  };
  Stretches stretches(options.sample_rate_hz, count_and_consume);
  while (true) {
    const MonoBlock block = file.read_mono();
    if (block.samples.empty()) break;
    stretches.push(block);
  }
  stretches.finish();
  refuse_when_empty(path, file, given, stretches.rate_hz(), options.sample_rate_hz);
  DecodeReport noticed;
  if (options.channels == Channels::mean) noticed.mean_below_loudest_db = file.levels().mean_below_loudest_db();
  if (report != nullptr) {
    *report = noticed;
  } else if (noticed.channels_cancel()) {
    logger().warn("{}", cancellation_warning(path, noticed));
  }
  return given;
}

}  // namespace

Channels channels_named(const std::string& name) {
  if (const auto channels = choice_named<Channels>(name)) return *channels;
  throw UsageError("channels: '" + name + "' is not one of " + join(choice_names<Channels>()));
}

std::string decode_recipe(const DecodeOptions& options) {
  return name_of(options.channels) + (options.channels == Channels::mean ? "-channels " : "-channel ") + "soxr-hq-" +
         std::to_string(options.sample_rate_hz) + " " + kDecodeVersion;
}

decoding::SoundInfo probe(const fs::path& path) {
  return SoundFile(path).info();
}

std::int64_t stream_waveform(const fs::path& path,
                             const std::function<void(const float* samples, std::size_t count)>& consume,
                             const DecodeOptions& options, DecodeReport* report) {
  check_rate(options.sample_rate_hz);
  SoundFile file(path, options);
  return stream_file(path, file, consume, options, report);
}

std::int64_t stream_waveform_of(std::string_view bytes, const std::string& name,
                                const std::function<void(const float* samples, std::size_t count)>& consume,
                                const DecodeOptions& options, DecodeReport* report) {
  check_rate(options.sample_rate_hz);
  SoundFile file(bytes, name, options);
  return stream_file(name, file, consume, options, report);
}

std::vector<float> load_waveform(const fs::path& path, const DecodeOptions& options, DecodeReport* report) {
  check_rate(options.sample_rate_hz);
  std::vector<float> samples;
  constexpr std::size_t kUsualSeconds = 5;
  samples.reserve(kUsualSeconds * static_cast<std::size_t>(options.sample_rate_hz) + 1);
  stream_waveform(
      path, [&](const float* block, std::size_t count) { samples.insert(samples.end(), block, block + count); },
      options, report);
  return samples;
}

std::vector<float> resampled(std::vector<float> waveform, int from_hz, int to_hz) {
  check_rate(from_hz);
  check_rate(to_hz);
  if (from_hz == to_hz) return waveform;
  std::vector<float> samples;
  const SampleConsumer append = [&](const float* block, std::size_t count) {
    samples.insert(samples.end(), block, block + count);
  };
  Resampler resampler(from_hz, to_hz);
  resampler.push(waveform.data(), waveform.size(), append);
  resampler.finish(append);
  return samples;
}

void write_wav(const fs::path& path, const std::vector<float>& samples, int sample_rate_hz) {
  if (sample_rate_hz < 1) {
    throw UsageError("write_wav: a sample rate of " + std::to_string(sample_rate_hz) + " Hz; at least 1 is needed");
  }
  std::vector<short> values(samples.size());
  std::transform(samples.begin(), samples.end(), values.begin(), [](float sample) {
    // 32768 is what reading divides by, so that a file written and read gives the same values.
    return static_cast<short>(std::lrint(std::clamp(static_cast<double>(sample) * 32768.0, -32768.0, 32767.0)));
  });
  // Made in memory: libsndfile does not report every failed write to a file.
  write_file_atomically(path,
                        containers::wav_bytes(values.data(), static_cast<std::int64_t>(values.size()), sample_rate_hz));
}

}  // namespace soundfold::audio
