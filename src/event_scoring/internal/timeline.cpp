// SPDX-License-Identifier: Apache-2.0
#include "event_scoring/internal/timeline.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace soundfold::event_scoring {

Timeline::Timeline(std::vector<Span> spans) : spans_(std::move(spans)) {
  std::sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) {
    return std::tie(a.start_s, a.end_s, a.class_index) < std::tie(b.start_s, b.end_s, b.class_index);
  });
  for (const auto& span : spans_) {
    furthest_end_s_.push_back(furthest_end_s_.empty() ? span.end_s : std::max(furthest_end_s_.back(), span.end_s));
  }
}

std::vector<std::size_t> Timeline::overlapping(double start_s, double end_s) const {
  const auto starts_before = [](const Span& span, double time_s) { return span.start_s < time_s; };
  auto at =
      static_cast<std::size_t>(std::lower_bound(spans_.begin(), spans_.end(), end_s, starts_before) - spans_.begin());
  std::vector<std::size_t> found;
  while (at-- > 0 && furthest_end_s_[at] > start_s) {
    if (spans_[at].end_s > start_s) found.push_back(at);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

std::vector<std::size_t> Timeline::starting_near(double start_s, double collar_s) const {
  const auto starts_before = [](const Span& span, double time_s) { return span.start_s < time_s; };
  const double from_s = start_s - collar_s - kTimeTolerance;
  std::vector<std::size_t> found;
  for (auto at = std::lower_bound(spans_.begin(), spans_.end(), from_s, starts_before);
       at != spans_.end() && at->start_s <= start_s + collar_s + kTimeTolerance; ++at) {
    found.push_back(static_cast<std::size_t>(at - spans_.begin()));
  }
  return found;
}

std::vector<Timeline> timelines(const std::vector<events::Event>& events, const std::vector<std::string>& class_names) {
  std::map<std::string, std::size_t> index;
  for (std::size_t k = 0; k < class_names.size(); ++k) index[class_names[k]] = k;
  std::vector<std::vector<Timeline::Span>> spans(class_names.size());
  for (const auto& event : events) {
    const auto found = index.find(event.label);
    if (found != index.end()) spans[found->second].push_back({event.start_s, event.end_s, found->second});
  }
  std::vector<Timeline> all;
  for (auto& of_class : spans) all.emplace_back(std::move(of_class));
  return all;
}

Timeline joint_timeline(const std::vector<Timeline>& of_class) {
  std::vector<Timeline::Span> spans;
  for (const auto& timeline : of_class) {
    spans.insert(spans.end(), timeline.spans().begin(), timeline.spans().end());
  }
  return Timeline(std::move(spans));
}

double shared_seconds(const Timeline::Span& a, const Timeline::Span& b) {
  return std::max(0.0, std::min(a.end_s, b.end_s) - std::max(a.start_s, b.start_s));
}

Blocks::Blocks(double whole_s, double length_s) : block_s(length_s), recording_s(whole_s) {
  if (block_s > 0) count = static_cast<std::size_t>(std::max(1.0, std::ceil(recording_s / block_s - 1e-6)));
}

std::size_t Blocks::at(double time_s) const {
  if (count == 1 || time_s <= 0) return 0;
  return std::min(count - 1, static_cast<std::size_t>(time_s / block_s));
}

double Blocks::seconds_of(std::size_t block) const {
  if (count == 1) return recording_s;
  return block + 1 < count ? block_s : recording_s - block_s * static_cast<double>(count - 1);
}

}  // namespace soundfold::event_scoring
