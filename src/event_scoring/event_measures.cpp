// SPDX-License-Identifier: Apache-2.0
#include "event_scoring/event_measures.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace soundfold::event_scoring {
namespace {

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

Share share_of(std::int64_t right, std::int64_t detected, std::int64_t annotated) {
  const auto hits = static_cast<double>(right);
  return {ratio(hits, static_cast<double>(detected)), ratio(hits, static_cast<double>(annotated)),
          ratio(2 * hits, static_cast<double>(detected + annotated))};
}

ClassMeasures class_measures(const ClassCounts& counts, double seconds) {
  ClassMeasures measures;
  measures.counts = counts;
  measures.event = share_of(counts.correct, counts.detections, counts.references);
  measures.segment = share_of(counts.segment_hits, counts.segment_hits + counts.segment_false,
                              counts.segment_hits + counts.segment_missed);
  measures.detected_share = ratio(static_cast<double>(counts.detected), static_cast<double>(counts.references));
  measures.false_alarms_per_hour = ratio(3600 * static_cast<double>(counts.false_alarms), seconds);
  measures.median_delay_s = percentile(counts.delays_s, 0.5);
  measures.late_delay_s = percentile(counts.delays_s, 0.9);
  return measures;
}

double mean_f1(const std::vector<ClassMeasures>& of_class, Share ClassMeasures::*which) {
  double sum = 0, count = 0;
  for (const auto& measures : of_class) {
    const double f1 = (measures.*which).f1;
    if (std::isnan(f1)) continue;
    sum += f1;
    ++count;
  }
  return ratio(sum, count);
}

}  // namespace

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const double at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const double part = at - static_cast<double>(below);
  return below + 1 < values.size() ? values[below] * (1 - part) + values[below + 1] * part : values[below];
}

Measures measures_of(const BlockCounts& sum) {
  Measures measures;
  measures.seconds = sum.seconds;
  std::vector<BlockCounts> classes;
  for (const auto& counts : sum.of_class) {
    measures.of_class.push_back(class_measures(counts, sum.seconds));
    classes.push_back({0, {counts}, 0, 0});
  }
  const ClassCounts all = classes.empty() ? ClassCounts() : sum_of(classes).of_class[0];
  measures.all = class_measures(all, sum.seconds);
  measures.macro_event_f1 = mean_f1(measures.of_class, &ClassMeasures::event);
  measures.macro_segment_f1 = mean_f1(measures.of_class, &ClassMeasures::segment);
  // A substitution is one missed and one wrong event at once, and counts once.
  const std::int64_t wrong_events = all.references + all.detections - 2 * all.correct - sum.substitutions;
  const std::int64_t wrong_segments = all.segment_false + all.segment_missed - sum.segment_substitutions;
  measures.event_error_rate = ratio(static_cast<double>(wrong_events), static_cast<double>(all.references));
  measures.segment_error_rate =
      ratio(static_cast<double>(wrong_segments), static_cast<double>(all.segment_hits + all.segment_missed));
  return measures;
}

}  // namespace soundfold::event_scoring
