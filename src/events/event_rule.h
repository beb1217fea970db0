// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::events {

/// When the windows of a class are an event. Two thresholds (hysteresis): windows at or above `off` that follow each
/// other are a run; a run in which one window reaches `on` is an event (double threshold: Dinkel and Yu,
/// arXiv 1904.03841).
struct EventRule {
  double on = 0.5;               ///< probability, 0 to 1
  double off = 0.35;             ///< probability, 0 to `on`
  double smooth_s = 0;           ///< probabilities are first averaged over this long; 0 to 60
  double min_duration_s = 0;     ///< shorter events are dropped; 0 to 3600
  double max_gap_s = 0;          ///< events with at most this between them are one; 0 to 3600
  double cooldown_s = 0;         ///< after an event's end the class cannot begin another for this long; 0 to 86,400
  double min_level_dbfs = -120;  ///< a window below this level cannot reach `on`; -200 to 0
  double trim_s = 0;             ///< taken off both ends of an event, as a window reaches beyond the sound; 0 to 10
};

/// The rules of a model's classes.
struct EventRules {
  std::vector<std::optional<EventRule>> of_class;  ///< [K]; nothing: the class makes no events
  double hop_s = 0;                                ///< between windows, that the rules were fitted for; 0: any
  std::optional<double> false_alarms_per_hour;     ///< of all classes, where the rules were fitted; nothing: not fitted
};

/// Throws UsageError, naming `label`, key, value and range, when a value is out of its range.
void check_rule(const EventRule& rule, const std::string& label);

/// Of a model without rules of its own: `on` at the class's threshold where it has one, `off` 0.15 below, nothing for
/// the negative class. K classes.
EventRules default_event_rules(std::size_t class_count, const std::vector<double>& thresholds,
                               std::optional<std::size_t> negative_class);

/// {"hop_s": 0.48, "false_alarms_per_hour": 1.5, "classes": {"dog": {"on": 0.6, "off": 0.4, ...}}}.
nlohmann::json to_json(const EventRules& rules, const std::vector<std::string>& class_names);
/// From to_json's form; values that are left out are EventRule's own. Throws DataError for anything else.
EventRules event_rules_from(const nlohmann::json& json, const std::vector<std::string>& class_names);

}  // namespace soundfold::events
