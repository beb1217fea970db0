// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event_scoring/event_counts.h"

#include <vector>

namespace soundfold::event_scoring {

/// Of right, detected and annotated ones; each NaN where it would divide by 0.
struct Share {
  double precision = 0, recall = 0;
  double f1 = 0;  ///< 2 right / (detected + annotated)
};

/// Measures of one class, or of all together.
struct ClassMeasures {
  ClassCounts counts;
  Share event, segment;
  double detected_share = 0;  ///< of the annotated events
  double false_alarms_per_hour = 0;
  double median_delay_s = 0, late_delay_s = 0;  ///< of detected events: median, 90th percentile; NaN without any
};

/// Measures of recordings.
struct Measures {
  double seconds = 0;
  ClassMeasures all;                                ///< counts of all classes added up (micro average)
  std::vector<ClassMeasures> of_class;              ///< [K]
  double macro_event_f1 = 0, macro_segment_f1 = 0;  ///< mean over classes that occur or were detected
  /// (substitutions + deletions + insertions) / annotated ones; NaN without any.
  double event_error_rate = 0, segment_error_rate = 0;
};

Measures measures_of(const BlockCounts& sum);

/// The value below which `share` (0 to 1) of the values lie, between two of them in proportion; NaN without any.
double percentile(std::vector<double> values, double share);

}  // namespace soundfold::event_scoring
