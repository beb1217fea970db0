// SPDX-License-Identifier: Apache-2.0
#include "annotations/stretches.h"

#include "support/hashing.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <tuple>
#include <utility>

namespace soundfold::annotations {
namespace {

using events::Event;
using events::Recording;

constexpr double kNegativeSeconds = 5;
/// Holds a whole window of 0.975 s wherever windows start, half a second apart.
constexpr double kShortestNegativeS = 1.5;
constexpr double kNever = 2;  // a share that nothing reaches

/// Whether `other` occurs in the stretch of `event`: the rule by which a stretch has a window.
bool is_heard_in(const Event& event, const Event& other, const StretchRules& rules) {
  constexpr double kRounding = 1e-9;
  const double overlap_s = std::min(event.end_s, other.end_s) - std::max(event.start_s, other.start_s);
  return overlap_s >= 0 && (overlap_s >= rules.window_share * (event.end_s - event.start_s) - kRounding ||
                            overlap_s >= rules.event_share * (other.end_s - other.start_s) - kRounding);
}

bool overlap(const Event& a, const Event& b) {
  return std::min(a.end_s, b.end_s) > std::max(a.start_s, b.start_s);
}

/// The labels of the stretch of an event; none when it is left out.
std::set<std::string> labels_at(const Event& event, const std::vector<Event>& all, const StretchRules& rules) {
  std::set<std::string> labels = {event.label};
  for (const auto& other : all) {
    if (other.start_s > event.end_s) break;  // they are sorted by their starts
    if (other.label.empty() || other.label == event.label) continue;
    if (rules.multi_label && is_heard_in(event, other, rules)) labels.insert(other.label);
    if (!rules.multi_label && overlap(event, other)) return {};
  }
  return labels;
}

void add_events(std::size_t number, const Recording& recording, const StretchRules& rules, LabelledStretches& found) {
  std::set<std::pair<std::int64_t, std::int64_t>> seen;  // in ms, as names of clips have them
  for (const auto& event : recording.events) {
    if (event.label.empty()) continue;
    const auto labels = labels_at(event, recording.events, rules);
    if (labels.empty()) {
      ++found.left_out;
    } else if (seen.emplace(std::llround(event.start_s * 1000), std::llround(event.end_s * 1000)).second) {
      found.list.push_back({number,
                            {event.start_s, event.end_s, rules.window_share, rules.event_share},
                            {labels.begin(), labels.end()}});
      ++found.events;
    }
  }
}

/// Cuts the time from `begin_s` to `end_s`.
void cut_negatives(std::size_t number, double begin_s, double end_s, std::vector<LabelledStretch>& negatives) {
  for (double start_s = begin_s; end_s - start_s >= kShortestNegativeS; start_s += kNegativeSeconds) {
    negatives.push_back({number, {start_s, std::min(end_s, start_s + kNegativeSeconds), 1, kNever}, {}});
  }
}

/// A recording whose length is not known counts to its last event.
std::vector<LabelledStretch> negatives_of(const std::vector<Recording>& recordings) {
  std::vector<LabelledStretch> negatives;
  for (std::size_t number = 0; number < recordings.size(); ++number) {
    double free_from_s = 0;
    for (const auto& event : recordings[number].events) {
      cut_negatives(number, free_from_s, event.start_s, negatives);
      free_from_s = std::max(free_from_s, event.end_s);
    }
    cut_negatives(number, free_from_s, recordings[number].seconds, negatives);
  }
  return negatives;
}

void draw_negatives(const std::vector<Recording>& recordings, const StretchRules& rules, LabelledStretches& found) {
  auto negatives = negatives_of(recordings);
  found.negatives_there_are = negatives.size();
  const double wanted = std::round(rules.negatives_per_event * static_cast<double>(found.events));
  if (wanted < static_cast<double>(negatives.size())) {
    const auto place = [&](const LabelledStretch& negative) {
      const std::string name = recordings[negative.recording].path + fragment_text(negative.stretch);
      return std::make_tuple(checksum64(name.data(), name.size()), negative.recording, negative.stretch.start_s);
    };
    std::sort(negatives.begin(), negatives.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
    negatives.resize(static_cast<std::size_t>(wanted));
  }
  std::move(negatives.begin(), negatives.end(), std::back_inserter(found.list));
}

}  // namespace

LabelledStretches stretches_of(const std::vector<Recording>& recordings, const StretchRules& rules) {
  LabelledStretches found;
  for (std::size_t number = 0; number < recordings.size(); ++number) {
    add_events(number, recordings[number], rules, found);
  }
  if (rules.negatives_per_event > 0) draw_negatives(recordings, rules, found);
  std::stable_sort(found.list.begin(), found.list.end(), [](const auto& a, const auto& b) {
    return std::tie(a.recording, a.stretch.start_s) < std::tie(b.recording, b.stretch.start_s);
  });
  return found;
}

}  // namespace soundfold::annotations
