// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "soundscapes/clips.h"
#include "support/random.h"

#include <cstddef>
#include <map>
#include <vector>

/// Private to this room.
namespace soundfold::soundscapes {

/// Clips one after the other, without end: each at a level of its own, without its silence, faded into the next one.
class Background {
 public:
  /// Levels (RMS, dBFS) are drawn between the two limits. `clips` must outlive it.
  Background(const std::vector<Clip>& clips, int sample_rate_hz, double lowest_dbfs, double highest_dbfs);

  /// Gives one more clip, of those that were given least, to `consume`. Throws DataError when none has sound.
  void give_one(Random& random, const SampleConsumer& consume);

 private:
  std::size_t drawn(Random& random);
  double mean_square(std::size_t clip);
  void join(const float* samples, std::size_t count, const SampleConsumer& consume);

  const std::vector<Clip>& clips_;
  int sample_rate_hz_;
  double lowest_dbfs_, highest_dbfs_;
  std::vector<std::size_t> deck_;               ///< clips still to be given before any is given again
  std::map<std::size_t, double> mean_squares_;  ///< of clips, without their silence; 0: nothing but silence
  std::vector<float> tail_;                     ///< the end of the clip before, to fade out
  std::size_t faded_ = 0;                       ///< samples of tail_ that the present clip has used
};

}  // namespace soundfold::soundscapes
