// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event.h"
#include "events/event_rule.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::events {

/// Begun: the event is sure to be one; its end is that of its windows so far. Ended: it is complete.
enum class EventState { begun, ended };

/// What a finder says of an event.
struct EventNews {
  EventState state = EventState::ended;
  std::int64_t id = 0;          ///< the same in both news of an event; 1 and up, in the order in which they begin
  std::size_t class_index = 0;  ///< of Event::label
  Event event;
};

/// One window of a recording, as the model sees it.
struct ScoredWindow {
  double start_s = 0, end_s = 0;
  const double* probabilities = nullptr;  ///< [K]
  float level_dbfs = 0;
  bool silent = false;  ///< all its probabilities then count as 0
};

/// Windows to events, one after the other, with the same answer for a file and for live sound.
///
/// A window speaks for the time around its middle, half a hop to each side; the first and the last one as far as the
/// recording goes. A smoothed probability is the mean over the windows whose middles lie at most smooth_s / 2 away, so
/// that it is known smooth_s / 2 later. Runs of windows >= `off` that reach `on` are events; those with at most
/// max_gap_s between them are one. min_duration_s and max_gap_s are compared before trim_s is taken off; an event keeps
/// at least one hop around its middle.
class EventFinder {
 public:
  using Consumer = std::function<void(const EventNews&)>;
  /// `rules` has an entry for each of `class_names`. `consume` gets `begun` as soon as the rule allows it, and `ended`,
  /// for each event. Throws UsageError for rules out of range, or a hop that is not above 0.
  EventFinder(std::vector<std::string> class_names, EventRules rules, double hop_s, Consumer consume);
  ~EventFinder();
  EventFinder(EventFinder&& other) noexcept;
  EventFinder& operator=(EventFinder&& other) noexcept;

  /// The next window: hop_s after the one before.
  void add(const ScoredWindow& window);
  /// The recording ends at `end_s`, not before its last window began. Nothing may be added afterwards.
  void finish(double end_s);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// All events of windows that are all there, in order of their starts.
std::vector<Event> find_events(const std::vector<ScoredWindow>& windows, const std::vector<std::string>& class_names,
                               const EventRules& rules, double hop_s, double end_s);

}  // namespace soundfold::events
