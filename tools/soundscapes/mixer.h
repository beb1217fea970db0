// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace soundfold::soundscapes {

/// An event with its place in a recording.
struct PlacedSound {
  std::int64_t start = 0;                    ///< sample of the recording
  std::int64_t length = 0;                   ///< samples
  double mean_square = 0;                    ///< of its sounding frames
  double snr_db = 0;                         ///< that of its sounding frames to the background below it
  std::function<std::vector<float>()> load;  ///< [length]
  std::function<void(double gain, double snr_db)> mixed = {};  ///< told how it was mixed; may be empty
};

/// Adds events to a background that arrives in pieces of any size, in memory that does not grow with its length. The
/// background's level is its RMS below the whole event, at least -80 dBFS. An event that would leave [-1, 1] by itself
/// is made softer.
class Mixer {
 public:
  using Consumer = std::function<void(const float* samples, std::size_t count)>;
  /// `sounds` in order of their starts, none overlapping, all within `length` samples.
  Mixer(std::vector<PlacedSound> sounds, std::int64_t length, Consumer consume);

  /// The next samples of the background; those beyond the length are ignored.
  void push(const float* background, std::size_t count);
  /// The recording has its length, and all was given on.
  bool full() const { return taken_ == length_; }

 private:
  void add(const PlacedSound& sound);
  void settle();

  std::vector<PlacedSound> sounds_;
  std::int64_t length_;
  Consumer consume_;
  std::vector<float> pending_;  ///< the samples from given_ on
  std::int64_t taken_ = 0, given_ = 0;
  std::size_t next_ = 0;  ///< of sounds_
};

}  // namespace soundfold::soundscapes
