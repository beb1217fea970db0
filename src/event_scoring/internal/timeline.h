// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event.h"

#include <cstddef>
#include <string>
#include <vector>

/// Private to this room.
namespace soundfold::event_scoring {

/// The times of events in order of their starts, to be searched.
class Timeline {
 public:
  struct Span {
    double start_s = 0, end_s = 0;
    std::size_t class_index = 0;
    double seconds() const { return end_s - start_s; }
  };
  explicit Timeline(std::vector<Span> spans);

  const std::vector<Span>& spans() const { return spans_; }
  /// Those that share time with [start_s, end_s), in order.
  std::vector<std::size_t> overlapping(double start_s, double end_s) const;
  /// Those that start within `collar_s` of start_s, in order.
  std::vector<std::size_t> starting_near(double start_s, double collar_s) const;

 private:
  std::vector<Span> spans_;
  std::vector<double> furthest_end_s_;  ///< of the spans up to each
};

/// The events of each of the K classes; those of other labels are left out.
std::vector<Timeline> timelines(const std::vector<events::Event>& events, const std::vector<std::string>& class_names);

/// All of them together.
Timeline joint_timeline(const std::vector<Timeline>& of_class);

/// Seconds that two stretches share.
double shared_seconds(const Timeline::Span& a, const Timeline::Span& b);

/// Sums of times are not exact: comparisons allow this much.
inline constexpr double kTimeTolerance = 1e-9;

/// A recording in blocks of equal length.
struct Blocks {
  Blocks(double recording_s, double block_s);
  std::size_t at(double time_s) const;  ///< the block of a moment; of one beyond the end the last
  std::size_t count = 1;
  double block_s = 0;  ///< 0: one block
  double recording_s = 0;
  double seconds_of(std::size_t block) const;
};

}  // namespace soundfold::event_scoring
