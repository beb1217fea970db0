// SPDX-License-Identifier: Apache-2.0
#include "event_assessment/internal/peer_rules.h"

#include <algorithm>
#include <cmath>

namespace soundfold::event_assessment {
namespace {

events::EventRules same_for_all(const events::EventRules& own, const events::EventRule& rule) {
  events::EventRules rules;
  for (const auto& of_class : own.of_class) {
    rules.of_class.push_back(of_class ? std::optional(rule) : std::nullopt);
  }
  return rules;
}

/// An event in pieces of at most longest_s.
void append_pieces(std::vector<events::Event>& events, const events::Event& event, double longest_s) {
  events::Event piece = event;
  while (longest_s > 0 && event.end_s - piece.start_s > longest_s) {
    piece.end_s = piece.start_s + longest_s;
    events.push_back(piece);
    piece.start_s = piece.end_s;
  }
  piece.end_s = event.end_s;
  events.push_back(piece);
}

}  // namespace

std::vector<NamedRule> peer_rules(const events::EventRules& own) {
  events::EventRule frigate, media_pipe, sherpa;
  frigate.on = frigate.off = 0.8;
  frigate.max_gap_s = 30;
  frigate.min_level_dbfs = 20 * std::log10(500.0 / 32768);
  media_pipe.on = media_pipe.off = 0.5;
  sherpa.on = 0.5, sherpa.off = 0.35;
  sherpa.min_duration_s = 0.25;
  sherpa.max_gap_s = 0.5;
  return {{"Frigate, its record", same_for_all(own, frigate), true, 0, 0},
          {"Frigate, as published", same_for_all(own, frigate), true, 0, 30},
          {"MediaPipe", same_for_all(own, media_pipe), true, 0, 0},
          {"sherpa-onnx VAD", same_for_all(own, sherpa), false, 20, 0}};
}

NamedRule with_threshold(NamedRule rule, double on) {
  for (auto& of_class : rule.rules.of_class) {
    if (!of_class) continue;
    of_class->off = of_class->on > 0 ? std::min(on, on * of_class->off / of_class->on) : 0;
    of_class->on = on;
  }
  return rule;
}

std::vector<events::Event> events_by(const NamedRule& rule, const event_fitting::ScoredRecording& recording,
                                     const std::vector<std::string>& class_names) {
  std::size_t step = 1;
  if (rule.without_overlap) {
    step = static_cast<std::size_t>(std::max(1.0, std::ceil(recording.window_s / recording.hop_s - 1e-6)));
  }
  const auto found = events::find_events(event_fitting::windows_of(recording, class_names.size(), step), class_names,
                                         rule.rules, recording.hop_s * static_cast<double>(step), recording.seconds);
  std::vector<events::Event> events;
  for (events::Event event : found) {
    event.end_s = std::min(event.end_s + rule.held_s, recording.seconds);
    append_pieces(events, event, rule.longest_s);
  }
  return events;
}

}  // namespace soundfold::event_assessment
