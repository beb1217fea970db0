// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "augmentation/recordings.h"
#include "frontend/recipe.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::augmentation {

/// How far a variant may be from the recording. 0 (or no recordings) switches a change off.
struct VariantOptions {
  std::int64_t seed = 1;
  double gain_db = 0;          ///< gain: from -gain_db to gain_db
  double shift_s = 0;          ///< circular shift in time: from -shift_s to shift_s
  double speed_percent = 0;    ///< factor of speed: from 1 - speed_percent / 100 to 1 + speed_percent / 100
  double pitch_semitones = 0;  ///< pitch without speed: from -pitch_semitones to pitch_semitones
  double room_rt60_s = 0;      ///< RT60 of a generated room: from 0.1 s (or this, if less) to room_rt60_s
  double noise_snr_db_min = 10, noise_snr_db_max = 20;
  double filter_db = 0;          ///< gains of two shelves and a peak between them: from -filter_db to filter_db
  double band_pass_share = 0;    ///< probability of a high-pass and a low-pass filter
  double time_mask_s = 0;        ///< a gap of 0 to time_mask_s
  std::int64_t mask_bands = 0;   ///< of each patch 0 to mask_bands neighbouring bands are masked
  std::int64_t mask_frames = 0;  ///< of each patch 0 to mask_frames neighbouring frames are masked
  frontend::InputRecipe input;   ///< of the network that the waveforms (at its rate) and patches are for
};

/// Variant number `index` of every clip. What is drawn depends on (seed, digest of the clip's file, index) only, and
/// each change has its own draw: switching one on leaves the others as they were. Changes are made in this order:
/// speed, pitch, circular shift, room, noise, filters, gain, gap; then, of each patch of the result, masks.
/// May be used by several threads at once.
class Variant {
 public:
  /// `noises` and `rooms` (impulse responses) may be null. Throws UsageError for a pitch in a build without SoundTouch.
  Variant(const VariantOptions& options, std::int64_t index, std::shared_ptr<const Recordings> noises,
          std::shared_ptr<const Recordings> rooms = nullptr);

  /// All that decides a variant besides the clip, on one line.
  std::string text() const;

  /// A number from 0 to below 1, drawn for this variant of the clip independently of its changes: for choosing some
  /// clips.
  double chance(const std::string& audio_digest) const;

  std::vector<float> apply(std::vector<float> waveform, const std::string& audio_digest) const;

  bool masks_patches() const { return options_.mask_bands > 0 || options_.mask_frames > 0; }
  /// Masks patch `number` (from 0) of the clip's variant, [frame_count, mel_bands], in place, each with draws of its
  /// own.
  void mask_patch(float* patch, std::int64_t frame_count, std::int64_t number, const std::string& audio_digest) const;

 private:
  std::string name_of(const std::string& audio_digest) const;
  std::vector<float> with_pitch_changed(std::vector<float> waveform, const std::string& name) const;
  std::vector<float> in_some_room(std::vector<float> waveform, const std::string& name) const;
  std::vector<float> with_filters(std::vector<float> waveform, const std::string& name) const;

  VariantOptions options_;
  std::int64_t index_;
  std::shared_ptr<const Recordings> noises_, rooms_;
  std::string pitch_library_;
};

}  // namespace soundfold::augmentation
