// SPDX-License-Identifier: Apache-2.0
#include "event_assessment/rule_comparison.h"

#include "event_assessment/internal/peer_rules.h"
#include "event_scoring/bootstrap.h"
#include "event_scoring/event_measures.h"
#include "event_scoring/intersections.h"
#include "text/json_number.h"
#include "text/table.h"
#include "text/text.h"

namespace soundfold::event_assessment {
namespace {

using event_scoring::BlockCounts;
using event_scoring::Interval;
using event_scoring::Measures;

constexpr int kThresholds = 50;

/// One rule's counts and measures.
struct RuleResult {
  std::string name;
  std::vector<BlockCounts> blocks;
  Measures measures;
  double psds1 = 0, psds2 = 0;
};

/// Classes that have a rule.
std::vector<std::string> ruled_classes(const ComparedScores& scores, const events::EventRules& own) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < scores.class_names.size(); ++k) {
    if (own.of_class[k]) names.push_back(scores.class_names[k]);
  }
  return names;
}

double psds_of(const NamedRule& rule, const ComparedScores& scores, const std::vector<std::string>& names,
               const event_scoring::PsdsRule& psds_rule) {
  std::vector<event_scoring::IntersectionCounts> points;
  for (int i = 0; i < kThresholds; ++i) {
    const auto moved = with_threshold(rule, 0.01 + 0.02 * i);
    std::vector<event_scoring::IntersectionCounts> recordings;
    for (std::size_t r = 0; r < scores.scored.size(); ++r) {
      const auto events = events_by(moved, scores.scored[r], scores.class_names);
      recordings.push_back(
          event_scoring::sum_of(event_scoring::count_intersections(scores.references[r], events, names, psds_rule)));
    }
    points.push_back(event_scoring::sum_of(recordings));
  }
  return event_scoring::psds(points, psds_rule);
}

RuleResult result_of(const NamedRule& rule, const ComparedScores& scores, const std::vector<std::string>& names,
                     const event_scoring::ScoringOptions& options) {
  RuleResult result;
  result.name = rule.name;
  for (std::size_t r = 0; r < scores.scored.size(); ++r) {
    const auto events = events_by(rule, scores.scored[r], scores.class_names);
    for (auto& block : event_scoring::count_events(scores.references[r], events, names, options)) {
      result.blocks.push_back(std::move(block));
    }
  }
  result.measures = event_scoring::measures_of(event_scoring::sum_of(result.blocks));
  result.psds1 = psds_of(rule, scores, names, event_scoring::kPsds1);
  result.psds2 = psds_of(rule, scores, names, event_scoring::kPsds2);
  return result;
}

double event_f1(const Measures& measures) {
  return measures.all.event.f1;
}
double segment_f1(const Measures& measures) {
  return measures.all.segment.f1;
}
double false_alarms(const Measures& measures) {
  return measures.all.false_alarms_per_hour;
}

Measures drawn_measures(const std::vector<BlockCounts>& blocks, const std::vector<int>& times) {
  return event_scoring::measures_of(event_scoring::sum_of(blocks, times));
}

Interval interval_of(const RuleResult& result, double (*value)(const Measures&)) {
  return event_scoring::bootstrap_interval(
      result.blocks.size(), [&](const std::vector<int>& times) { return value(drawn_measures(result.blocks, times)); });
}

/// Of a's value less b's, on the same blocks.
Interval difference_of(const RuleResult& a, const RuleResult& b, double (*value)(const Measures&)) {
  return event_scoring::bootstrap_interval(a.blocks.size(), [&](const std::vector<int>& times) {
    return value(drawn_measures(a.blocks, times)) - value(drawn_measures(b.blocks, times));
  });
}

std::string range_text(double value, const Interval& interval, double factor, int digits) {
  return fixed(factor * value, digits) + " (" + fixed(factor * interval.low, digits) + " to " +
         fixed(factor * interval.high, digits) + ")";
}

nlohmann::json interval_json(const Interval& interval) {
  return {number_or_null(interval.low), number_or_null(interval.high)};
}

nlohmann::json result_json(const RuleResult& result, const RuleResult& own) {
  const auto& all = result.measures.all;
  nlohmann::json json = {{"rule", result.name},
                         {"event_f1", number_or_null(all.event.f1)},
                         {"event_f1_interval", interval_json(interval_of(result, event_f1))},
                         {"segment_f1", number_or_null(all.segment.f1)},
                         {"segment_f1_interval", interval_json(interval_of(result, segment_f1))},
                         {"psds1", number_or_null(result.psds1)},
                         {"psds2", number_or_null(result.psds2)},
                         {"false_alarms_per_hour", number_or_null(all.false_alarms_per_hour)},
                         {"false_alarms_interval", interval_json(interval_of(result, false_alarms))},
                         {"detected_share", number_or_null(all.detected_share)},
                         {"delay_s", {number_or_null(all.median_delay_s), number_or_null(all.late_delay_s)}}};
  if (&result != &own) {
    json["own_event_f1_less_this"] = interval_json(difference_of(own, result, event_f1));
    json["own_segment_f1_less_this"] = interval_json(difference_of(own, result, segment_f1));
    json["own_false_alarms_less_this"] = interval_json(difference_of(own, result, false_alarms));
  }
  return json;
}

std::vector<std::string> comparison_row(const RuleResult& result) {
  const auto& all = result.measures.all;
  return {result.name,
          range_text(all.event.f1, interval_of(result, event_f1), 100, 1),
          range_text(all.segment.f1, interval_of(result, segment_f1), 100, 1),
          fixed(result.psds1, 3),
          fixed(result.psds2, 3),
          range_text(all.false_alarms_per_hour, interval_of(result, false_alarms), 1, 1),
          fixed(100 * all.detected_share, 1),
          fixed(all.median_delay_s, 2) + " / " + fixed(all.late_delay_s, 2)};
}

}  // namespace

RuleComparison compare_rules(const ComparedScores& scores, const events::EventRules& own,
                             const event_scoring::ScoringOptions& options) {
  const auto names = ruled_classes(scores, own);
  std::vector<NamedRule> rules = {{"this model's", own, false, 0, 0}};
  for (auto& peer : peer_rules(own)) rules.push_back(std::move(peer));
  std::vector<RuleResult> results;
  for (const auto& rule : rules) results.push_back(result_of(rule, scores, names, options));
  using Align = TextTable::Align;
  TextTable table({{"rule"},
                   {"event F1 %", Align::right},
                   {"segment F1 %", Align::right},
                   {"PSDS1", Align::right},
                   {"PSDS2", Align::right},
                   {"false alarms/h", Align::right},
                   {"detected %", Align::right},
                   {"delay s", Align::right}});
  RuleComparison comparison;
  comparison.json = nlohmann::json::array();
  for (const auto& result : results) {
    table.add(comparison_row(result));
    comparison.json.push_back(result_json(result, results.front()));
  }
  comparison.text = table.text();
  return comparison;
}

}  // namespace soundfold::event_assessment
