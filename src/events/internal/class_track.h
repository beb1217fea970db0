// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event_finder.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

/// Private to this room.
namespace soundfold::events {

/// The windows of one class on their way to events (EventFinder says how).
class ClassTrack {
 public:
  /// Gets the news without their id; returns the id of an event that begins.
  using Tell = std::function<void(EventState state, std::int64_t& id, const Event& event)>;
  ClassTrack(std::string label, const EventRule& rule, double hop_s, Tell tell);

  struct Window {
    double begin_s = 0, end_s = 0;  ///< the time that it speaks for
    double probability = 0;
    float level_dbfs = 0;
  };
  void add(const Window& window);
  /// Takes what still waits for later windows to be smoothed with; then ends what is open, at `end_s` at the latest.
  void finish(double end_s);

 private:
  /// Windows >= off that follow each other, or an event of several such runs.
  struct Run {
    Event event;
    double sum = 0;
    std::int64_t windows = 0;
    bool reached_on = false;
  };
  void smooth(std::size_t newer);
  void take(const Window& window);
  void extend(Run& run, const Window& window) const;
  void join(const Run& run);
  void begin_if_sure();
  void end_event();
  Event trimmed_event(const Run& run) const;

  std::string label_;
  EventRule rule_;
  double hop_s_;
  Tell tell_;
  std::size_t reach_;           ///< windows to each side that are averaged
  std::deque<Window> waiting_;  ///< the last 2 reach + 1 windows
  std::size_t smoothed_ = 0;    ///< of waiting_, how many have been taken
  std::optional<Run> event_;    ///< reached `on`, and not over
  std::optional<Run> run_;      ///< the windows >= off up to now that are not (yet) part of event_
  bool in_event_ = false;       ///< the last window was part of event_
  std::int64_t id_ = 0;         ///< of event_ once it began; 0: not yet
  double allowed_from_s_;       ///< the cooldown is over
};

}  // namespace soundfold::events
