// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/sounds.h"

#include "audio/cancellation.h"
#include "device/parallel.h"
#include "support/errors.h"
#include "support/hashing.h"
#include "support/progress.h"

#include <set>

namespace soundfold::distillation {
namespace {

std::string digest_of(const std::vector<std::vector<float>>& waveforms) {
  Hasher hasher(HashKind::xxh3_128);
  for (const auto& waveform : waveforms) {
    hasher.update(std::to_string(waveform.size()) + " ");
    hasher.update(waveform.data(), waveform.size() * sizeof(float));
  }
  return hasher.hex_digest();
}

}  // namespace

double Sounds::seconds() const {
  std::size_t samples = 0;
  for (const auto& waveform : waveforms) samples += waveform.size();
  return static_cast<double>(samples) / sample_rate_hz;
}

std::shared_ptr<const Sounds> gather_sounds(const SoundOptions& options) {
  auto sounds = std::make_shared<Sounds>();
  sounds->sample_rate_hz = options.sample_rate_hz;
  sounds->recorded = static_cast<std::int64_t>(options.files.size());
  const auto count = options.files.size() + static_cast<std::size_t>(options.synthetic_clips);
  if (count == 0) {
    throw DataError("no training audio: set distillation.data, distillation.folders or distillation.synthetic_clips");
  }
  sounds->waveforms.resize(count);
  Progress progress("gathering sounds", static_cast<std::int64_t>(count), "sounds");
  audio::CancellationCount cancellations;
  const auto recorded = [&](const std::filesystem::path& file) {
    audio::DecodeReport report;
    auto waveform = audio::load_waveform(file, {options.channels, 0, options.sample_rate_hz}, &report);
    cancellations.add(file, report);
    return waveform;
  };
  const auto synthetic = [&](std::size_t number) {
    return audio::resampled(options.synthetic(static_cast<std::int64_t>(number)), audio::kSampleRateHz,
                            options.sample_rate_hz);
  };
  run_parallel(count, options.threads, [&](std::size_t i) {
    sounds->waveforms[i] = i < options.files.size() ? recorded(options.files[i]) : synthetic(i - options.files.size());
    progress.advance();
  });
  sounds->digest = digest_of(sounds->waveforms);
  return sounds;
}

std::vector<std::filesystem::path> files_without(const dataset::Dataset& data, const dataset::Dataset& esc10) {
  std::set<std::string> held_out;
  for (const auto& clip : esc10.clips) held_out.insert(clip.source);
  std::vector<std::filesystem::path> files;
  std::set<std::filesystem::path> seen;  // stretches of a recording are not looked at: all of it is learned from
  for (const auto& clip : data.clips) {
    if (held_out.count(clip.source) == 0 && seen.insert(clip.path).second) files.push_back(clip.path);
  }
  return files;
}

}  // namespace soundfold::distillation
