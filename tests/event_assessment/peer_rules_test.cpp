// SPDX-License-Identifier: Apache-2.0
#include "event_assessment/internal/peer_rules.h"

#include "event_assessment/rule_comparison.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using event_assessment::events_by;
using event_assessment::NamedRule;
using event_assessment::peer_rules;
using event_fitting::ScoredRecording;

namespace {

const std::vector<std::string> kDogAndOther = {"dog", "other"};

events::EventRules own_rules() {
  return {{events::EventRule(), std::nullopt}, 0, {}};
}

/// Windows of 1 s, two a second, of 200 s; `loud` ones have a probability.
ScoredRecording scored_with(const std::vector<std::pair<std::size_t, double>>& loud, float level_dbfs = -20) {
  ScoredRecording scored;
  scored.seconds = 200, scored.hop_s = 0.5, scored.window_s = 1;
  const std::size_t windows = 399;
  scored.probabilities.assign(2 * windows, 0);
  scored.levels_dbfs.assign(windows, level_dbfs);
  scored.silent.assign(windows, 0);
  for (const auto& [window, probability] : loud) scored.probabilities[2 * window] = probability;
  return scored;
}

const NamedRule& rule_named(const std::vector<NamedRule>& rules, const std::string& name) {
  for (const auto& rule : rules) {
    if (rule.name == name) return rule;
  }
  throw std::runtime_error("no rule " + name);
}

std::string spans(const std::string& rule, const ScoredRecording& scored) {
  const auto rules = peer_rules(own_rules());
  std::string text;
  for (const auto& event : events_by(rule_named(rules, rule), scored, kDogAndOther)) {
    text += (text.empty() ? "" : " ") + std::to_string(std::lround(100 * event.start_s)) + "-" +
            std::to_string(std::lround(100 * event.end_s));
  }
  return text;
}

}  // namespace

TEST_CASE("Frigate's rule: windows without overlap, 0.8, and 30 s", "[event_assessment]") {
  // Windows 20 and 60 begin at 10 s and 30 s; window 21 shares sound with 20 and is not looked at.
  CHECK(spans("Frigate, its record", scored_with({{20, 0.85}, {60, 0.8}})) == "1000-3100");
  CHECK(spans("Frigate, as published", scored_with({{20, 0.85}, {60, 0.8}})) == "1000-6100");
  CHECK(spans("Frigate, its record", scored_with({{21, 0.99}, {20, 0.79}})).empty());
  CHECK(spans("Frigate, its record", scored_with({{20, 0.9}, {82, 0.9}})) == "1000-4200");
  CHECK(spans("Frigate, its record", scored_with({{20, 0.9}, {84, 0.9}})) == "1000-1100 4200-4300");
  CHECK(spans("Frigate, its record", scored_with({{20, 0.9}}, -36.4F)).empty());
  CHECK_FALSE(spans("Frigate, its record", scored_with({{20, 0.9}}, -36.2F)).empty());
}

TEST_CASE("MediaPipe's windows, and sherpa's two thresholds and longest event", "[event_assessment]") {
  CHECK(spans("MediaPipe", scored_with({{20, 0.5}, {22, 0.9}, {26, 0.6}, {31, 0.9}})) == "1000-1200 1300-1400");
  // Windows speak for half a second around their middles.
  CHECK(spans("sherpa-onnx VAD", scored_with({{20, 0.4}, {21, 0.5}, {22, 0.36}, {24, 0.6}})) == "1025-1275");
  CHECK(spans("sherpa-onnx VAD", scored_with({{20, 0.4}})).empty());
  std::vector<std::pair<std::size_t, double>> long_one;
  for (std::size_t i = 20; i < 110; ++i) long_one.emplace_back(i, 0.9);
  CHECK(spans("sherpa-onnx VAD", scored_with(long_one)) == "1025-3025 3025-5025 5025-5525");
}

TEST_CASE("a moved threshold takes the lower one along", "[event_assessment]") {
  const auto rules = peer_rules(own_rules());
  const auto moved = event_assessment::with_threshold(rule_named(rules, "sherpa-onnx VAD"), 0.8);
  CHECK(moved.rules.of_class[0]->on == 0.8);
  CHECK(moved.rules.of_class[0]->off == Approx(0.56));
  CHECK(moved.rules.of_class[0]->max_gap_s == 0.5);
  CHECK_FALSE(moved.rules.of_class[1]);
}

TEST_CASE("rules are compared on the same scores, and a perfect one is best", "[event_assessment]") {
  // Events of 2 s every 20 s; the two windows that lie wholly inside, and the one between them, have 0.7.
  std::vector<std::pair<std::size_t, double>> loud;
  events::Recording reference{"a.wav", 200, {}};
  for (std::size_t second = 10; second < 190; second += 20) {
    for (std::size_t i = 0; i < 3; ++i) loud.emplace_back(2 * second + i, 0.7);
    events::Event event;
    event.start_s = static_cast<double>(second), event.end_s = event.start_s + 2, event.label = "dog";
    reference.events.push_back(event);
  }
  const std::vector<ScoredRecording> scored = {scored_with(loud)};
  auto own = own_rules();
  own.of_class[0]->on = own.of_class[0]->off = 0.6;
  event_scoring::ScoringOptions options;
  options.block_s = 40;
  options.onset_collar_s = options.offset_collar_s = 0.3;  // windows speak for 1.5 s of the two
  const auto compared = event_assessment::compare_rules({scored, {reference}, kDogAndOther}, own, options);
  REQUIRE(compared.json.size() == 5);
  CHECK(compared.json[0]["rule"] == "this model's");
  CHECK(compared.json[0]["event_f1"] == 1.0);
  CHECK(compared.json[0]["false_alarms_per_hour"] == 0.0);
  CHECK(compared.json[0]["psds1"].get<double>() == Approx(1));
  const auto& frigate = compared.json[1];
  CHECK(frigate["event_f1"] == 0.0);
  CHECK(frigate["own_event_f1_less_this"][0].get<double>() == Approx(1));
  CHECK(compared.text.find("sherpa-onnx VAD") != std::string::npos);
}
