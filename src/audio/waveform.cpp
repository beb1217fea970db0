// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"

#include "audio/resampler.h"
#include "audio/sound_bytes.h"
#include "audio/sound_file.h"
#include "support/errors.h"
#include "support/files.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace soundfold::audio {
namespace fs = std::filesystem;
namespace {

void refuse_when_long(const fs::path& path, const SoundFile& file, double max_seconds) {
  if (max_seconds <= 0) return;
  if (static_cast<double>(file.frames_read()) <= max_seconds * file.sample_rate_hz()) return;
  std::ostringstream message;
  message << path.string() << ": longer than the " << max_seconds << " s allowed";
  throw DataError(message.str());
}

}  // namespace

SoundInfo probe(const fs::path& path) {
  return SoundFile(path).info();
}

std::int64_t stream_waveform(const fs::path& path,
                             const std::function<void(const float* samples, std::size_t count)>& consume,
                             double max_seconds) {
  SoundFile file(path);
  Resampler resampler(file.sample_rate_hz());
  std::int64_t given = 0;
  const SampleConsumer count_and_consume = [&](const float* samples, std::size_t count) {
    given += static_cast<std::int64_t>(count);
    consume(samples, count);
  };
  while (true) {
    const std::vector<float>& block = file.read_mono();
    if (block.empty()) break;
    refuse_when_long(path, file, max_seconds);
    resampler.push(block.data(), block.size(), count_and_consume);
  }
  resampler.finish(count_and_consume);
  if (file.frames_read() == 0) throw DataError(path.string() + ": holds no samples");
  if (given == 0) {
    throw DataError(path.string() + ": its " + std::to_string(file.frames_read()) + " samples at " +
                    std::to_string(file.sample_rate_hz()) + " Hz are less than one sample at 16 kHz");
  }
  return given;
}

std::vector<float> load_waveform(const fs::path& path, double max_seconds) {
  std::vector<float> samples;
  samples.reserve(std::size_t{5} * kSampleRateHz + 1);
  stream_waveform(
      path, [&](const float* block, std::size_t count) { samples.insert(samples.end(), block, block + count); },
      max_seconds);
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
  // Made in memory: libsndfile does not tell of every write to a file that failed.
  write_file_atomically(path, wav_bytes(values.data(), static_cast<std::int64_t>(values.size()), sample_rate_hz));
}

}  // namespace soundfold::audio
