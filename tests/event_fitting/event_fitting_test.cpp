// SPDX-License-Identifier: Apache-2.0
#include "event_fitting/event_fitting.h"

#include "event_scoring/event_measures.h"
#include "support/errors.h"
#include "support/random.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using event_fitting::fit_rules;
using event_fitting::FitOptions;
using event_fitting::ScoredRecording;

namespace {

const std::vector<std::string> kNames = {"dog", "other"};
constexpr double kHopS = 0.25, kWindowS = 1, kSeconds = 600;

struct Scene {
  std::vector<ScoredRecording> scored;
  std::vector<events::Recording> references;
};

/// A recording in which an event of length 1 to 3 s lifts the probability of its windows, as far as they share time
/// with it, to `loud`; every other window has some value below `noise`, and one in `blip_every` a lone high one.
void add_recording(Scene& scene, std::uint64_t seed, double loud, double noise, int blip_every) {
  Random random(seed);
  events::Recording reference{"r" + std::to_string(seed) + ".wav", kSeconds, {}};
  for (double at = 5; at < kSeconds - 10; at += random.uniform(8, 16)) {
    events::Event event;
    event.start_s = at, event.end_s = at + random.uniform(1, 3), event.label = "dog";
    reference.events.push_back(event);
  }
  ScoredRecording scored;
  scored.path = reference.path, scored.seconds = kSeconds, scored.hop_s = kHopS, scored.window_s = kWindowS;
  for (double start = 0; start + kWindowS <= kSeconds; start += kHopS) {
    double shared = 0;
    for (const auto& event : reference.events) {
      shared += std::max(0.0, std::min(event.end_s, start + kWindowS) - std::max(event.start_s, start));
    }
    double probability = random.uniform(0, noise) + loud * shared / kWindowS;
    if (shared == 0 && blip_every > 0 && random.integer(1, blip_every) == 1) probability = 0.9;
    scored.probabilities.push_back(std::min(1.0, probability));
    scored.probabilities.push_back(0);
    scored.levels_dbfs.push_back(-30);
    scored.silent.push_back(0);
  }
  scene.scored.push_back(scored);
  scene.references.push_back(reference);
}

double event_f1(const Scene& scene, const events::EventRules& rules) {
  std::vector<event_scoring::BlockCounts> blocks;
  for (std::size_t i = 0; i < scene.scored.size(); ++i) {
    const auto found = event_fitting::events_of(scene.scored[i], kNames, rules);
    for (auto& block : event_scoring::count_events(scene.references[i], found, kNames)) blocks.push_back(block);
  }
  return event_scoring::measures_of(event_scoring::sum_of(blocks)).all.event.f1;
}

}  // namespace

TEST_CASE("fitted rules find what the default ones do not, also where they were not fitted", "[event_fitting]") {
  Scene scene, other;
  for (const std::uint64_t seed : {1, 2, 3}) add_recording(scene, seed, 0.3, 0.05, 0);
  add_recording(other, 9, 0.3, 0.05, 0);
  const auto fitted = fit_rules(scene.scored, scene.references, kNames);
  REQUIRE(fitted.of_class[0]);
  CHECK_FALSE(fitted.of_class[1]);
  CHECK_FALSE(fitted.rules.of_class[1]);
  CHECK(fitted.rules.hop_s == kHopS);
  CHECK(fitted.of_class[0]->event_f1 > 0.9);
  CHECK(fitted.of_class[0]->checked_event_f1 > 0.85);
  CHECK(fitted.of_class[0]->event_f1 == Approx(event_f1(scene, fitted.rules)));
  CHECK(event_f1(other, fitted.rules) > 0.85);
  const events::EventRules defaults{{events::EventRule(), std::nullopt}, 0, {}};
  CHECK(event_f1(scene, defaults) == 0);
}

TEST_CASE("rules keep the limit of false alarms when one can", "[event_fitting]") {
  Scene scene;
  for (const std::uint64_t seed : {1, 2}) add_recording(scene, seed, 0.95, 0.05, 60);
  FitOptions strict, loose;
  strict.most_false_alarms_per_hour = 0;
  loose.most_false_alarms_per_hour = 10'000;
  const auto kept = fit_rules(scene.scored, scene.references, kNames, strict);
  const auto free = fit_rules(scene.scored, scene.references, kNames, loose);
  CHECK(kept.of_class[0]->false_alarms_per_hour == 0);
  CHECK(kept.of_class[0]->event_f1 > 0.8);
  CHECK(free.of_class[0]->event_f1 >= kept.of_class[0]->event_f1);
}

TEST_CASE("scores that mean nothing give no F1 by cross-validation", "[event_fitting]") {
  Scene scene;
  for (const std::uint64_t seed : {1, 2}) add_recording(scene, seed, 0, 0.9, 0);
  FitOptions options;
  options.most_false_alarms_per_hour = 10'000;
  const auto fitted = fit_rules(scene.scored, scene.references, kNames, options);
  CHECK(fitted.of_class[0]->checked_event_f1 < 0.3);
}

TEST_CASE("the same fit with one thread and two", "[event_fitting]") {
  Scene scene;
  add_recording(scene, 1, 0.5, 0.3, 40);
  FitOptions two;
  two.threads = 2;
  const auto a = fit_rules(scene.scored, scene.references, kNames),
             b = fit_rules(scene.scored, scene.references, kNames, two);
  CHECK(events::to_json(a.rules, kNames) == events::to_json(b.rules, kNames));
}

TEST_CASE("what cannot be fitted is refused", "[event_fitting]") {
  Scene scene;
  add_recording(scene, 1, 0.5, 0.1, 0);
  CHECK_THROWS_AS(fit_rules({}, {}, kNames), UsageError);
  CHECK_THROWS_AS(fit_rules(scene.scored, {}, kNames), UsageError);
  FitOptions options;
  options.fold_count = 1;
  CHECK_THROWS_AS(fit_rules(scene.scored, scene.references, kNames, options), UsageError);
  CHECK_THROWS_AS(fit_rules(scene.scored, scene.references, {"cow", "other"}), UsageError);
  add_recording(scene, 2, 0.5, 0.1, 0);
  scene.scored[1].hop_s = 0.5;
  CHECK_THROWS_AS(fit_rules(scene.scored, scene.references, kNames), UsageError);
}
