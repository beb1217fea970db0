// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "soundscapes/clips.h"
#include "soundscapes/extent.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// Recordings to test the detection of events on: clips mixed into background, with annotations.
namespace soundfold::soundscapes {

/// What recordings are made of.
struct SoundscapeOptions {
  std::filesystem::path folder;  ///< made when missing
  ClipChoice events, background;
  int recordings = 1;                                ///< 1 to 10,000
  double minutes = 10;                               ///< of each recording, 0.1 to 1,440
  int event_count = 20;                              ///< in all recordings together
  std::vector<double> snr_db = {0, 20};              ///< of events to the background at their place: lowest, highest
  std::vector<double> background_dbfs = {-35, -28};  ///< RMS of each background clip: lowest, highest
  double least_distance_s = 2;                       ///< between events, and to the ends
  int sample_rate_hz = 16'000;
  ExtentRule extent;
  std::uint64_t seed = 0;
};

/// What was made.
struct SoundscapeReport {
  double seconds = 0;
  std::size_t recordings = 0, events = 0;
  std::size_t softer_events = 0;  ///< whose ratio was lowered, since they would have left [-1, 1]
  std::string text() const;       ///< one line
};

/// Writes soundscape_001.wav, ... (mono, 16 bits) into options.folder, block by block; beside each its events as an
/// Audacity label track (.txt) and a Raven selection table (.selections.txt); and for all of them annotations.csv with
/// path, start_s, end_s, label, mixed_from (the clip), snr_db. An event is one stretch of a clip (sounding_extents);
/// clips come by turns, in an order that is drawn again for each turn. The same options give the same files on machines
/// of one kind; the annotations come last, so that without them a folder is incomplete.
///
/// Throws UsageError for options out of range or that do not fit each other, DataError for sounds that cannot be read
/// or a folder that cannot be written, Interrupted between two clips of the background.
SoundscapeReport write_soundscapes(const SoundscapeOptions& options);

}  // namespace soundfold::soundscapes
