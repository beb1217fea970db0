// SPDX-License-Identifier: Apache-2.0
#include "events/event_rule.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Matchers::Contains;
using events::EventRule;
using events::EventRules;

namespace {

const std::vector<std::string> kClasses = {"dog", "cat"};

std::string refusal(const char* json) {
  try {
    events::event_rules_from(nlohmann::json::parse(json), kClasses);
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("rules survive their JSON", "[events]") {
  EventRules rules;
  rules.of_class = {std::nullopt, EventRule{0.75, 0.5, 1.5, 0.25, 2, 30, -50, 0.125}};
  rules.hop_s = 0.48;
  rules.false_alarms_per_hour = 1.5;
  const auto json = events::to_json(rules, kClasses);
  CHECK(
      json.dump() ==
      R"({"classes":{"cat":{"cooldown_s":30.0,"max_gap_s":2.0,"min_duration_s":0.25,"min_level_dbfs":-50.0,"off":0.5,)"
      R"("on":0.75,"smooth_s":1.5,"trim_s":0.125}},"false_alarms_per_hour":1.5,"hop_s":0.48})");
  const auto read = events::event_rules_from(json, kClasses);
  CHECK_FALSE(read.of_class[0]);
  CHECK(events::to_json(read, kClasses) == json);
}

TEST_CASE("values that are left out are the defaults", "[events]") {
  const auto rules = events::event_rules_from({{"classes", {{"dog", {{"on", 0.9}}}}}}, kClasses);
  REQUIRE(rules.of_class[0]);
  CHECK(rules.of_class[0]->on == 0.9);
  CHECK(rules.of_class[0]->off == EventRule().off);
  CHECK(rules.hop_s == 0);
  CHECK_FALSE(rules.false_alarms_per_hour);
}

TEST_CASE("rules that are no rules are refused", "[events]") {
  CHECK_THAT(refusal("[]"), Contains("not an object"));
  CHECK_THAT(refusal(R"({"classes": {"cow": {}}})"), Contains("'cow' is not one of the model's classes"));
  CHECK_THAT(refusal(R"({"classes": {"dog": 1}})"), Contains("those of dog"));
  CHECK_THAT(refusal(R"({"classes": {"dog": {"onn": 1}}})"), Contains("unknown key 'onn' of dog"));
  CHECK_THAT(refusal(R"({"classes": {"dog": {"on": "1"}}})"), Contains("on of dog is not a number"));
  CHECK_THAT(refusal(R"({"classes": {"dog": {"on": 1.5}}})"), Contains("on of dog is 1.5; from 0 to 1 is allowed"));
  CHECK_THAT(refusal(R"({"classes": {"dog": {"on": 0.3}}})"), Contains("off of dog is 0.35, above its on (0.3)"));
  CHECK_THAT(refusal(R"({"classes": {}, "hop_s": -1})"), Contains("hop_s is not a number from 0 to 60"));
}
