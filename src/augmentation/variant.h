// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::augmentation {

/// How far a variant may be from the recording. 0 (or no noises) switches a change off.
struct VariantOptions {
  std::int64_t seed = 1;
  double gain_db = 0;        ///< gain: from -gain_db to gain_db
  double shift_s = 0;        ///< circular shift in time: from -shift_s to shift_s
  double speed_percent = 0;  ///< factor of speed: from 1 - speed_percent / 100 to 1 + speed_percent / 100
  double noise_snr_db_min = 10, noise_snr_db_max = 20;
  double time_mask_s = 0;                     ///< a gap of 0 to time_mask_s
  int sample_rate_hz = audio::kSampleRateHz;  ///< of the waveforms
};

/// Recordings to mix in, mono at the rate of the waveforms that they are mixed into, and a digest of all their files
/// and of how they were decoded.
struct Noises {
  std::vector<std::vector<float>> waveforms;
  std::string digest;
};

/// Reads sound files, two hours in all at most. Throws DataError naming a file that cannot be read, UsageError for none
/// or too much.
Noises load_noises(const std::vector<std::filesystem::path>& files, const audio::DecodeOptions& decoding = {});

/// Variant number `index` of every clip. What is drawn depends on (seed, digest of the clip's file, index) only, and
/// each change has its own draw: switching one on leaves the others as they were. Changes are made in this order:
/// speed, circular shift, noise, gain, gap. May be used by several threads at once.
class Variant {
 public:
  /// `noises` may be null.
  Variant(const VariantOptions& options, std::int64_t index, std::shared_ptr<const Noises> noises);

  /// All that decides a variant besides the clip, on one line.
  std::string text() const;

  /// A number from 0 to below 1, drawn for this variant of the clip independently of its changes: for choosing some
  /// clips.
  double chance(const std::string& audio_digest) const;

  std::vector<float> apply(std::vector<float> waveform, const std::string& audio_digest) const;

 private:
  VariantOptions options_;
  std::int64_t index_;
  std::shared_ptr<const Noises> noises_;
};

}  // namespace soundfold::augmentation
