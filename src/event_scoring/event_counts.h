// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event.h"

#include <cstdint>
#include <string>
#include <vector>

/// How well events were found: detections beside annotations.
namespace soundfold::event_scoring {

/// When a detection is right. The defaults are those of DCASE.
struct ScoringOptions {
  double segment_s = 1;              ///< of segment-based measures, 0.01 to 3600
  double onset_collar_s = 0.2;       ///< a detection's start may differ by this; 0 to 60
  double offset_collar_s = 0.2;      ///< and its end by this, or
  double offset_collar_share = 0.2;  ///< by this share of the annotated event's length, whichever is more; 0 to 1
  bool offsets = true;               ///< whether ends are compared at all
  double block_s = 300;              ///< recordings are counted in blocks of this length (see Interval); 0: as a whole
};

/// Counts of one class; they add up over blocks.
struct ClassCounts {
  std::int64_t references = 0, detections = 0;
  std::int64_t correct = 0;       ///< detections within the collars of an annotated event, one each
  std::int64_t detected = 0;      ///< annotated events that a detection of its own overlaps, however much
  std::int64_t false_alarms = 0;  ///< detections that overlap no annotated event
  std::int64_t segment_hits = 0, segment_false = 0, segment_missed = 0;
  std::vector<double> delays_s;  ///< of each detected event: start of its detection less its own
};

/// Counts of a block of a recording. An annotated event, and the detection paired with it, belong to the block in which
/// the former starts; another detection to the one in which it starts itself.
struct BlockCounts {
  double seconds = 0;
  std::vector<ClassCounts> of_class;  ///< [K]
  /// Wrong class at the right time: pairs of events that only their class keeps from being right, and of segments the
  /// smaller one of wrong and missed classes.
  std::int64_t substitutions = 0, segment_substitutions = 0;
};

/// Counts what was detected in a recording, beside what is annotated, for the K classes; events of other labels are
/// ignored. The arithmetic is that of sed_eval (Mesaros, Heittola and Virtanen 2016, "Metrics for polyphonic sound
/// event detection", Applied Sciences 6(6)):
/// - event-based: a detection is right when class, start and end agree within the collars; pairs are the largest
///   matching there is (sed_eval's event_matching_type "optimal"), not the first that fits;
/// - segment-based: a class is active in a segment that one of its events touches, from floor(start / segment_s) to
///   before ceil(end / segment_s).
/// `detected`, `false_alarms` and `delays_s` need no collars: an overlap of any length is enough, and pairs are again a
/// largest matching. Throws UsageError for options out of range.
std::vector<BlockCounts> count_events(const events::Recording& reference, const std::vector<events::Event>& detected,
                                      const std::vector<std::string>& class_names, const ScoringOptions& options = {});

/// The sum of blocks, each taken `times` over (empty: once).
BlockCounts sum_of(const std::vector<BlockCounts>& blocks, const std::vector<int>& times = {});

}  // namespace soundfold::event_scoring
