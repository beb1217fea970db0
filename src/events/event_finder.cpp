// SPDX-License-Identifier: Apache-2.0
#include "events/event_finder.h"

#include "events/internal/class_track.h"
#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace soundfold::events {

struct EventFinder::Impl {
  Impl(const std::vector<std::string>& class_names, const EventRules& rules, double hop, Consumer consumer)
      : hop_s(hop), consume(std::move(consumer)) {
    if (!(hop_s > 0)) throw UsageError("events: the hop between windows must be above 0 s");
    if (rules.of_class.size() != class_names.size()) {
      throw UsageError("events: " + std::to_string(rules.of_class.size()) + " rules for " +
                       std::to_string(class_names.size()) + " classes");
    }
    for (std::size_t k = 0; k < class_names.size(); ++k) {
      if (!rules.of_class[k]) continue;
      check_rule(*rules.of_class[k], class_names[k]);
      const auto tell = [this, k](EventState state, std::int64_t& id, const Event& event) {
        if (state == EventState::begun) id = ++last_id;
        if (consume) consume({state, id, k, event});
      };
      tracks.push_back({k, ClassTrack(class_names[k], *rules.of_class[k], hop_s, tell)});
    }
  }

  /// A window that reaches over the recording's end has its middle earlier: its time begins where the last one's ends.
  void take(const ScoredWindow& window) {
    const double middle_s = (window.start_s + window.end_s) / 2;
    ClassTrack::Window part;
    part.begin_s = std::isnan(spoken_for_s) ? window.start_s : spoken_for_s;
    part.end_s = std::max(part.begin_s, middle_s + hop_s / 2);
    part.level_dbfs = window.level_dbfs;
    spoken_for_s = part.end_s;
    for (auto& [k, track] : tracks) {
      part.probability = window.silent ? 0 : window.probabilities[k];
      track.add(part);
    }
  }

  struct Track {
    std::size_t class_index;
    ClassTrack track;
  };
  double hop_s;
  Consumer consume;
  std::int64_t last_id = 0;
  double spoken_for_s = std::numeric_limits<double>::quiet_NaN();  ///< by the windows so far
  std::vector<Track> tracks;
};

EventFinder::EventFinder(std::vector<std::string> class_names, EventRules rules, double hop_s, Consumer consume)
    : impl_(std::make_unique<Impl>(class_names, rules, hop_s, std::move(consume))) {}
EventFinder::~EventFinder() = default;
EventFinder::EventFinder(EventFinder&& other) noexcept = default;
EventFinder& EventFinder::operator=(EventFinder&& other) noexcept = default;

void EventFinder::add(const ScoredWindow& window) {
  impl_->take(window);
}

void EventFinder::finish(double end_s) {
  for (auto& track : impl_->tracks) track.track.finish(end_s);
}

std::vector<Event> find_events(const std::vector<ScoredWindow>& windows, const std::vector<std::string>& class_names,
                               const EventRules& rules, double hop_s, double end_s) {
  std::vector<Event> events;
  EventFinder finder(class_names, rules, hop_s, [&](const EventNews& news) {
    if (news.state == EventState::ended) events.push_back(news.event);
  });
  for (const auto& window : windows) finder.add(window);
  finder.finish(end_s);
  sort_events(events);
  return events;
}

}  // namespace soundfold::events
