// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace soundfold::soundscapes {

/// Where a clip counts as sounding.
struct ExtentRule {
  double below_peak_db = 40;     ///< a frame of 10 ms sounds when its RMS is at most this far below the loudest one's
  double above_floor_db = 10;    ///< and at least this far above the recording's own noise, where that is low enough
  double longest_pause_s = 0.5;  ///< sounds with at most this between them are one event
  double shortest_s = 0.05;      ///< shorter events are left out
};

/// A stretch of a waveform that is one event.
struct Extent {
  std::size_t begin = 0, end = 0;  ///< samples; `end` is the first one after it
  double mean_square = 0;          ///< of its sounding frames, without the pauses
};

/// The events of a mono clip, in order: runs of sounding frames, joined over short pauses. The recording's own noise is
/// the level that a tenth of the frames stay below, those of digital silence (under -90 dBFS) left out; a frame within
/// 15 dB of the loudest one sounds whatever that noise is, so that a clip which never pauses is one event. Nothing for
/// a clip of digital silence.
std::vector<Extent> sounding_extents(const std::vector<float>& waveform, int sample_rate_hz, const ExtentRule& rule);

}  // namespace soundfold::soundscapes
