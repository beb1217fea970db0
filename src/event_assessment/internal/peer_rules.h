// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event_fitting/scored_recording.h"
#include "events/event_rule.h"

#include <string>
#include <vector>

/// Private to this room.
namespace soundfold::event_assessment {

/// A way from windows to events: one rule for each class.
struct NamedRule {
  std::string name;
  events::EventRules rules;
  bool without_overlap = false;  ///< only windows that do not share sound are looked at
  double longest_s = 0;          ///< longer events are cut into pieces of this; 0: never
  double held_s = 0;             ///< events go on for this long after their last window
};

/// The rules of other programs, for the classes that `own` has rules for, from their sources and documents:
/// - Frigate: windows without overlap, with an RMS of at least 500 of 32,768; one of 0.8 begins an event, which takes
/// up
///   all that follow within 30 s. Its record of the event ends with the last of these; what it publishes by MQTT is on
///   for 30 s more: two rules.
/// - MediaPipe's audio classifier in its stream mode: windows without overlap, no smoothing; here 0.5 is an event.
/// - sherpa-onnx's voice activity detector: on 0.5, off 0.35, at least 0.25 s, gaps up to 0.5 s, at most 20 s; it gets
///   all windows.
std::vector<NamedRule> peer_rules(const events::EventRules& own);

/// `rule` with the thresholds `on` all set to this, and `off` in proportion.
NamedRule with_threshold(NamedRule rule, double on);

std::vector<events::Event> events_by(const NamedRule& rule, const event_fitting::ScoredRecording& recording,
                                     const std::vector<std::string>& class_names);

}  // namespace soundfold::event_assessment
