// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::event_scoring {

/// Polyphonic sound detection score: which detections count by how much they overlap annotated events, and what the
/// area under the curve of true positives over false ones is made of (Bilen, Ferroni, Tuveri, Azcarreta and Krstulovic
/// 2020, "A framework for the robust evaluation of sound event detection", arXiv 1910.10656).
struct PsdsRule {
  double detection_share = 0.7;      ///< dtc: of a detection, that annotated events of its class cover
  double reference_share = 0.7;      ///< gtc: of an annotated event, that such detections cover
  double cross_share = 0;            ///< cttc: of a wrong detection, that events of another class cover; 0: not counted
  double cross_weight = 0;           ///< alpha_ct
  double deviation_weight = 1;       ///< alpha_st, of the deviation over classes
  double most_false_per_hour = 100;  ///< e_max
};

/// DCASE's two: times matter; or classes must not be confused.
inline constexpr PsdsRule kPsds1 = {0.7, 0.7, 0, 0, 1, 100};
inline constexpr PsdsRule kPsds2 = {0.1, 0.1, 0.3, 0.5, 1, 100};

/// Counts of one operating point (such as a threshold); they add up over blocks.
struct IntersectionCounts {
  double seconds = 0;
  std::vector<double> reference_s;       ///< [K] annotated time
  std::vector<std::int64_t> references;  ///< [K]
  std::vector<std::int64_t> correct;     ///< [K] annotated events covered enough
  std::vector<std::int64_t> wrong;       ///< [K] detections not covered enough
  std::vector<std::int64_t> crossed;     ///< [K, K] those of class i among them that lie in events of class j
};

/// The counts of a recording in blocks of block_s (0: one); blocks as in BlockCounts.
std::vector<IntersectionCounts> count_intersections(const events::Recording& reference,
                                                    const std::vector<events::Event>& detected,
                                                    const std::vector<std::string>& class_names, const PsdsRule& rule,
                                                    double block_s = 0);

/// The sum of blocks, each taken `times` over (empty: once).
IntersectionCounts sum_of(const std::vector<IntersectionCounts>& blocks, const std::vector<int>& times = {});

/// The score of operating points: per class the most true positives at each rate of false ones, as steps; over classes
/// the mean less deviation_weight times the standard deviation, at least 0; the area of that up to most_false_per_hour,
/// divided by it. To a class's false ones per hour come cross_weight times its cross-triggers per hour of the other
/// class's events, summed over classes and divided by K, as psds_eval does it (the paper divides by K - 1). Classes
/// without annotated events are left out; NaN when all are.
double psds(const std::vector<IntersectionCounts>& operating_points, const PsdsRule& rule);

}  // namespace soundfold::event_scoring
