// SPDX-License-Identifier: Apache-2.0
#include "events/event_finder.h"

#include "support/errors.h"
#include "support/random.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using events::Event;
using events::EventRule;
using events::EventRules;
using events::ScoredWindow;

namespace {

const std::vector<std::string> kOneClass = {"dog"};

/// Windows of 1 s, one a second, so that each speaks for itself.
std::vector<ScoredWindow> seconds_of(const std::vector<double>& probabilities, float level_dbfs = -20) {
  std::vector<ScoredWindow> windows;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    const auto start_s = static_cast<double>(i);
    windows.push_back({start_s, start_s + 1, &probabilities[i], level_dbfs, false});
  }
  return windows;
}

EventRules rules_of(const EventRule& rule) {
  return {{rule}, 0, {}};
}

std::vector<Event> found(const std::vector<double>& probabilities, const EventRule& rule) {
  return events::find_events(seconds_of(probabilities), kOneClass, rules_of(rule), 1,
                             static_cast<double>(probabilities.size()));
}

/// "1-3 5-6".
std::string times(const std::vector<Event>& events) {
  std::string text;
  for (const auto& event : events) {
    const auto number = [](double x) { return nlohmann::json(x).dump(); };
    text += (text.empty() ? "" : " ") + number(event.start_s) + "-" + number(event.end_s);
  }
  return text;
}

std::string times(const std::vector<double>& probabilities, const EventRule& rule) {
  return times(found(probabilities, rule));
}

EventRule rule_of(double on, double off) {
  EventRule rule;
  rule.on = on;
  rule.off = off;
  return rule;
}

}  // namespace

TEST_CASE("a run above off that reaches on is an event", "[events]") {
  const auto events = found({0.1, 0.4, 0.8, 0.6, 0.1, 0.4, 0.4, 0.1}, rule_of(0.7, 0.4));
  REQUIRE(events.size() == 1);
  CHECK(events[0].start_s == 1);
  CHECK(events[0].end_s == 4);
  CHECK(events[0].label == "dog");
  CHECK(events[0].probability == 0.8);
  CHECK(events[0].mean_probability == Approx(0.6));
  CHECK(events[0].peak_s == 2.5);
  CHECK(events[0].level_dbfs == -20);
}

TEST_CASE("events with a short gap are one, also over a run that is not one", "[events]") {
  auto rule = rule_of(0.7, 0.4);
  const std::vector<double> two = {0.9, 0, 0, 0.9, 0, 0};
  CHECK(times(two, rule) == "0.0-1.0 3.0-4.0");
  rule.max_gap_s = 1.9;
  CHECK(times(two, rule) == "0.0-1.0 3.0-4.0");
  rule.max_gap_s = 2;
  CHECK(times(two, rule) == "0.0-4.0");
  // A run that never reaches on joins nothing, and does not end what a later run may still join.
  CHECK(times({0.9, 0.2, 0.5, 0.2, 0.9}, rule) == "0.0-1.0 4.0-5.0");
  CHECK(times({0.9, 0.2, 0.5, 0.5, 0.9, 0}, rule) == "0.0-5.0");
  CHECK(times({0.9, 0.2, 0.2, 0.2, 0.5, 0.9, 0}, rule) == "0.0-1.0 4.0-6.0");
}

TEST_CASE("short events are dropped and a cooldown keeps others away", "[events]") {
  auto rule = rule_of(0.7, 0.4);
  rule.min_duration_s = 2;
  CHECK(times({0.9, 0, 0.9, 0.5, 0, 0.9}, rule) == "2.0-4.0");
  rule.min_duration_s = 0;
  rule.cooldown_s = 2;
  CHECK(times({0.9, 0, 0.9, 0.9, 0, 0}, rule) == "0.0-1.0 3.0-4.0");
  // What is dropped begins no cooldown.
  rule.min_duration_s = 2;
  CHECK(times({0.9, 0, 0.9, 0.9, 0, 0}, rule) == "2.0-4.0");
}

TEST_CASE("smoothing averages the windows within half its length", "[events]") {
  auto rule = rule_of(0.5, 0.5);
  rule.smooth_s = 2;  // one window to each side
  CHECK(times({0, 0, 0.9, 0, 0}, rule).empty());
  // Means: 0, 0.3, 0.6, 0.6, 0.3, 0.
  const auto events = found({0, 0, 0.9, 0.9, 0, 0}, rule);
  CHECK(times(events) == "2.0-4.0");
  CHECK(events.at(0).probability == Approx(0.6));
  // At the ends over those that are there: (0.9 + 0.2) / 2.
  CHECK(times({0.9, 0.2, 0, 0}, rule) == "0.0-1.0");
  CHECK(times({0, 0, 0.2, 0.9}, rule) == "3.0-4.0");
}

TEST_CASE("a quiet window does not reach on, and a silent one counts as 0", "[events]") {
  const std::vector<double> probabilities = {0.9, 0.9, 0.9};
  auto rule = rule_of(0.7, 0.4);
  rule.min_level_dbfs = -30;
  auto windows = seconds_of(probabilities, -40);
  CHECK(events::find_events(windows, kOneClass, rules_of(rule), 1, 3).empty());
  windows[1].level_dbfs = -30;
  CHECK(times(events::find_events(windows, kOneClass, rules_of(rule), 1, 3)) == "0.0-3.0");
  windows[2].silent = true;
  CHECK(times(events::find_events(windows, kOneClass, rules_of(rule), 1, 3)) == "0.0-2.0");
}

TEST_CASE("windows that overlap speak for a hop around their middles", "[events]") {
  // Windows of 1 s every 0.5 s: middles 0.5, 1, 1.5, 2, 2.5; the first speaks from 0, the last up to the end.
  const std::vector<double> p = {0, 0, 0.9, 0, 0}, ends = {0.9, 0, 0, 0, 0.9};
  const auto events_of = [&](const std::vector<double>& values, const EventRule& rule) {
    std::vector<ScoredWindow> windows;
    for (std::size_t i = 0; i < values.size(); ++i) {
      windows.push_back({0.5 * static_cast<double>(i), 0.5 * static_cast<double>(i) + 1, &values[i], -20, false});
    }
    return times(events::find_events(windows, kOneClass, rules_of(rule), 0.5, 3));
  };
  auto rule = rule_of(0.7, 0.4);
  CHECK(events_of(p, rule) == "1.25-1.75");
  CHECK(events_of(ends, rule) == "0.0-0.75 2.25-3.0");
  rule.trim_s = 0.0625;
  CHECK(events_of(ends, rule) == "0.0625-0.6875 2.3125-2.9375");
  rule.trim_s = 5;  // a hop is kept
  CHECK(events_of(ends, rule) == "0.125-0.625 2.375-2.875");
}

TEST_CASE("news comes as soon as the rule allows", "[events]") {
  auto rule = rule_of(0.7, 0.4);
  rule.min_duration_s = 2;
  rule.max_gap_s = 1;
  const std::vector<double> probabilities = {0.5, 0.9, 0.1, 0.1, 0.1};
  const auto windows = seconds_of(probabilities);
  std::string news;
  events::EventFinder finder(kOneClass, rules_of(rule), 1, [&](const events::EventNews& item) {
    news += item.state == events::EventState::begun ? "begun " : "ended ";
    news += std::to_string(item.id) + " " + times({item.event}) + "; ";
  });
  finder.add(windows[0]);
  CHECK(news.empty());
  finder.add(windows[1]);
  CHECK(news == "begun 1 0.0-2.0; ");
  finder.add(windows[2]);
  CHECK(news == "begun 1 0.0-2.0; ");
  finder.add(windows[3]);
  CHECK(news == "begun 1 0.0-2.0; ended 1 0.0-2.0; ");
  finder.finish(4);
  CHECK(news == "begun 1 0.0-2.0; ended 1 0.0-2.0; ");
}

TEST_CASE("events of one class do not overlap, keep their gap, and reach on", "[events]") {
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    EventRule rule;
    rule.on = random.uniform(0.3, 1);
    rule.off = random.uniform(0, rule.on);
    rule.max_gap_s = random.uniform(0, 4);
    rule.min_duration_s = random.uniform(0, 3);
    rule.cooldown_s = random.uniform(0, 5);
    std::vector<double> probabilities;
    for (int i = 0; i < 200; ++i) probabilities.push_back(random.uniform(0, 1));
    double free_s = -1;
    for (const auto& event : found(probabilities, rule)) {
      CHECK(event.start_s >= free_s);
      CHECK(event.probability >= rule.on);
      CHECK(event.mean_probability >= rule.off);
      CHECK(event.end_s - event.start_s >= rule.min_duration_s);
      free_s = event.end_s + std::max(rule.cooldown_s, rule.max_gap_s) - 1e-6;
    }
  }
}

TEST_CASE("a finder refuses what it cannot work with", "[events]") {
  CHECK_THROWS_AS(events::EventFinder(kOneClass, rules_of(rule_of(0.3, 0.4)), 1, {}), UsageError);
  CHECK_THROWS_AS(events::EventFinder(kOneClass, rules_of({}), 0, {}), UsageError);
  CHECK_THROWS_AS(events::EventFinder({"dog", "cat"}, rules_of({}), 1, {}), UsageError);
}
