// SPDX-License-Identifier: Apache-2.0
#include "events/event_rule.h"

#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace soundfold::events {
namespace {

/// A value of a rule, its key and its range.
struct RuleField {
  const char* key;
  double EventRule::*value;
  double least, most;
};

constexpr std::array<RuleField, 8> kRuleFields{{
    {"on", &EventRule::on, 0, 1},
    {"off", &EventRule::off, 0, 1},
    {"smooth_s", &EventRule::smooth_s, 0, 60},
    {"min_duration_s", &EventRule::min_duration_s, 0, 3600},
    {"max_gap_s", &EventRule::max_gap_s, 0, 3600},
    {"cooldown_s", &EventRule::cooldown_s, 0, 86'400},
    {"min_level_dbfs", &EventRule::min_level_dbfs, -200, 0},
    {"trim_s", &EventRule::trim_s, 0, 10},
}};

std::string short_number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

[[noreturn]] void refuse_rules(const std::string& what) {
  throw DataError("the rules of events: " + what);
}

EventRule rule_from(const nlohmann::json& json, const std::string& label) {
  if (!json.is_object()) refuse_rules("those of " + label + " are not an object");
  EventRule rule;
  for (const auto& [key, value] : json.items()) {
    const auto field = std::find_if(kRuleFields.begin(), kRuleFields.end(),
                                    [&key = key](const RuleField& known) { return key == known.key; });
    if (field == kRuleFields.end()) refuse_rules("unknown key '" + shown(key) + "' of " + label);
    if (!value.is_number()) refuse_rules(key + " of " + label + " is not a number");
    rule.*(field->value) = value.get<double>();
  }
  try {
    check_rule(rule, label);
  } catch (const UsageError& error) {
    refuse_rules(error.what());
  }
  return rule;
}

}  // namespace

void check_rule(const EventRule& rule, const std::string& label) {
  for (const auto& field : kRuleFields) {
    const double value = rule.*field.value;
    if (value >= field.least && value <= field.most) continue;
    throw UsageError(std::string(field.key) + " of " + label + " is " + short_number(value) + "; from " +
                     short_number(field.least) + " to " + short_number(field.most) + " is allowed");
  }
  if (rule.off > rule.on) {
    throw UsageError("off of " + label + " is " + short_number(rule.off) + ", above its on (" + short_number(rule.on) +
                     "); at most that is allowed");
  }
}

EventRules default_event_rules(std::size_t class_count, const std::vector<double>& thresholds,
                               std::optional<std::size_t> negative_class) {
  EventRules rules;
  rules.of_class.resize(class_count);
  for (std::size_t k = 0; k < class_count; ++k) {
    if (negative_class == k) continue;
    EventRule rule;
    if (!thresholds.empty()) rule.on = thresholds.at(k);
    rule.off = std::max(0.0, rule.on - 0.15);
    rules.of_class[k] = rule;
  }
  return rules;
}

nlohmann::json to_json(const EventRules& rules, const std::vector<std::string>& class_names) {
  nlohmann::json json = {{"classes", nlohmann::json::object()}};
  if (rules.hop_s > 0) json["hop_s"] = rules.hop_s;
  if (rules.false_alarms_per_hour) json["false_alarms_per_hour"] = *rules.false_alarms_per_hour;
  for (std::size_t k = 0; k < rules.of_class.size(); ++k) {
    if (!rules.of_class[k]) continue;
    auto& values = json["classes"][class_names.at(k)];
    for (const auto& field : kRuleFields) values[field.key] = (*rules.of_class[k]).*field.value;
  }
  return json;
}

EventRules event_rules_from(const nlohmann::json& json, const std::vector<std::string>& class_names) {
  if (!json.is_object() || !json.contains("classes") || !json["classes"].is_object()) {
    refuse_rules("not an object with the object \"classes\"");
  }
  EventRules rules;
  rules.of_class.resize(class_names.size());
  for (const auto& [label, values] : json["classes"].items()) {
    const auto found = std::find(class_names.begin(), class_names.end(), label);
    if (found == class_names.end()) refuse_rules("'" + shown(label) + "' is not one of the model's classes");
    rules.of_class[static_cast<std::size_t>(found - class_names.begin())] = rule_from(values, label);
  }
  const auto number = [&](const char* key, double most) -> std::optional<double> {
    const auto at = json.find(key);
    if (at == json.end()) return std::nullopt;
    if (!at->is_number() || !(at->get<double>() >= 0 && at->get<double>() <= most)) {
      refuse_rules(std::string(key) + " is not a number from 0 to " + short_number(most));
    }
    return at->get<double>();
  };
  rules.hop_s = number("hop_s", 60).value_or(0);
  rules.false_alarms_per_hour = number("false_alarms_per_hour", 1e6);
  return rules;
}

}  // namespace soundfold::events
