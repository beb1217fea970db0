// SPDX-License-Identifier: Apache-2.0
#include "augmentation/recordings.h"

#include "support/errors.h"
#include "support/hashing.h"

namespace soundfold::augmentation {
namespace {

constexpr std::size_t kMostSeconds = std::size_t{2} * 3600;

}  // namespace

Recordings load_recordings(const std::string& key, const std::vector<std::filesystem::path>& files,
                           const audio::DecodeOptions& decoding) {
  if (files.empty()) throw UsageError(key + ": holds no sound file");
  Recordings recordings;
  Hasher hasher(HashKind::xxh3_128);
  hasher.update(audio::decode_recipe(decoding));
  std::size_t samples = 0;
  for (const auto& file : files) {
    hasher.update(hash_file(HashKind::xxh3_128, file));
    recordings.waveforms.push_back(audio::load_waveform(file, decoding));
    samples += recordings.waveforms.back().size();
    if (samples > kMostSeconds * static_cast<std::size_t>(decoding.sample_rate_hz)) {
      throw UsageError(key + ": holds more than two hours of sound; give fewer or shorter recordings");
    }
  }
  recordings.digest = hasher.hex_digest();
  return recordings;
}

}  // namespace soundfold::augmentation
