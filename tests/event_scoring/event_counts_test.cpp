// SPDX-License-Identifier: Apache-2.0
#include "event_scoring/event_counts.h"

#include "event_scoring/event_measures.h"
#include "support/errors.h"
#include "support/random.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace soundfold;
using event_scoring::BlockCounts;
using event_scoring::ClassCounts;
using event_scoring::ScoringOptions;

namespace {

const std::vector<std::string> kClasses = {"dog", "cat"};

events::Event event(double start_s, double end_s, const std::string& label = "dog") {
  events::Event made;
  made.start_s = start_s, made.end_s = end_s, made.label = label;
  return made;
}

BlockCounts counted(const std::vector<events::Event>& reference, const std::vector<events::Event>& detected,
                    ScoringOptions options = {}, double seconds = 60) {
  options.block_s = 0;
  const auto blocks = event_scoring::count_events({"a.wav", seconds, reference}, detected, kClasses, options);
  REQUIRE(blocks.size() == 1);
  return blocks[0];
}

}  // namespace

TEST_CASE("a start may differ by its collar, and no more", "[event_scoring]") {
  const auto correct = [](double start_s) {
    return counted({event(10, 11)}, {event(start_s, 11)}).of_class[0].correct;
  };
  CHECK(correct(10.2) == 1);
  CHECK(correct(9.8) == 1);
  CHECK(correct(10.21) == 0);
  CHECK(correct(9.79) == 0);
}

TEST_CASE("an end may differ by 0.2 s, or by a fifth of a long event", "[event_scoring]") {
  const auto correct = [](double length_s, double error_s) {
    return counted({event(10, 10 + length_s)}, {event(10, 10 + length_s + error_s)}).of_class[0].correct;
  };
  CHECK(correct(0.5, 0.2) == 1);
  CHECK(correct(0.5, -0.2) == 1);
  CHECK(correct(0.5, 0.21) == 0);
  CHECK(correct(5, 1) == 1);
  CHECK(correct(5, 1.01) == 0);
  ScoringOptions starts_only;
  starts_only.offsets = false;
  CHECK(counted({event(10, 11)}, {event(10, 30)}, starts_only).of_class[0].correct == 1);
}

TEST_CASE("each detection is right once, and pairs are the most there can be", "[event_scoring]") {
  // Both fit the first annotated event, only the first of them the second; the first that fits would leave one over.
  const auto counts =
      counted({event(10, 10.5), event(9.75, 10.5)}, {event(9.95, 10.5), event(10.15, 10.5)}).of_class[0];
  CHECK(counts.correct == 2);
  const auto twice = counted({event(10, 11)}, {event(10, 11), event(10.1, 11)}).of_class[0];
  CHECK(twice.references == 1);
  CHECK(twice.detections == 2);
  CHECK(twice.correct == 1);
}

TEST_CASE("a wrong class at the right time is a substitution", "[event_scoring]") {
  const auto counts = counted({event(10, 11), event(20, 21, "cat")}, {event(10, 11, "cat"), event(40, 41)});
  CHECK(counts.of_class[0].correct + counts.of_class[1].correct == 0);
  CHECK(counts.substitutions == 1);
  // One substitution, one deletion (cat at 20), one insertion (dog at 40), of two annotated.
  CHECK(event_scoring::measures_of(counts).event_error_rate == Approx(1.5));
}

TEST_CASE("segments are those that an event touches", "[event_scoring]") {
  // Dog annotated in segments 1 and 2, detected in 2 and 3; cat annotated in 1, detected in 3 (10.0 touches no more).
  const auto counts = counted({event(1.5, 2.1), event(1, 2, "cat")}, {event(2.9, 3.5), event(3, 4, "cat")});
  const auto& dog = counts.of_class[0];
  CHECK(dog.segment_hits == 1);
  CHECK(dog.segment_missed == 1);
  CHECK(dog.segment_false == 1);
  const auto& cat = counts.of_class[1];
  CHECK(cat.segment_hits == 0);
  CHECK(cat.segment_missed == 1);
  CHECK(cat.segment_false == 1);
  // Segment 1 misses both, segment 3 has both wrong: nothing is exchanged within one.
  CHECK(counts.segment_substitutions == 0);
  const auto measures = event_scoring::measures_of(counts);
  CHECK(measures.all.segment.f1 == Approx(2.0 * 1 / (3 + 3)));
  CHECK(measures.macro_segment_f1 == Approx((0.5 + 0) / 2));
  CHECK(measures.segment_error_rate == Approx(4.0 / 3));
}

TEST_CASE("classes exchanged within a segment are one substitution", "[event_scoring]") {
  const auto counts = counted({event(1, 2)}, {event(1, 2, "cat")});
  CHECK(counts.segment_substitutions == 1);
  CHECK(event_scoring::measures_of(counts).segment_error_rate == Approx(1));
  ScoringOptions half;
  half.segment_s = 0.5;
  CHECK(counted({event(1, 2)}, {event(1.4, 2.2)}, half).of_class[0].segment_hits == 2);
}

TEST_CASE("what overlaps is detected, what overlaps nothing is a false alarm", "[event_scoring]") {
  const auto counts =
      counted({event(10, 12), event(20, 21), event(30, 31)}, {event(11.5, 25), event(40, 41), event(20, 21, "cat")});
  const auto& dog = counts.of_class[0];
  CHECK(dog.detected == 1);  // one detection counts for one event, though it overlaps two
  CHECK(dog.false_alarms == 1);
  REQUIRE(dog.delays_s.size() == 1);
  CHECK(dog.delays_s[0] == Approx(1.5));
  CHECK(counts.of_class[1].false_alarms == 1);
  CHECK(counted({event(10, 12)}, {event(12, 13)}).of_class[0].false_alarms == 1);  // touching is no overlap
}

TEST_CASE("blocks add up to the whole, and their intervals hold what begins in them", "[event_scoring]") {
  Random random(2);
  events::Recording reference{"a.wav", 1000, {}};
  std::vector<events::Event> detected;
  for (double at = 3; at < 990; at += random.uniform(2, 12)) {
    const std::string label = random.chance(0.5) ? "dog" : "cat";
    const double length_s = random.uniform(0.2, 4);
    if (random.chance(0.8)) reference.events.push_back(event(at, at + length_s, label));
    if (random.chance(0.8)) detected.push_back(event(at + random.uniform(-0.3, 0.3), at + length_s, label));
  }
  ScoringOptions whole, parts;
  whole.block_s = 0;
  parts.block_s = 300;
  const auto one = event_scoring::sum_of(event_scoring::count_events(reference, detected, kClasses, whole));
  const auto blocks = event_scoring::count_events(reference, detected, kClasses, parts);
  REQUIRE(blocks.size() == 4);
  CHECK(blocks[3].seconds == Approx(100));
  CHECK(blocks[0].of_class[0].references ==
        std::count_if(reference.events.begin(), reference.events.end(),
                      [](const events::Event& e) { return e.start_s < 300 && e.label == "dog"; }));
  const auto sum = event_scoring::sum_of(blocks);
  CHECK(sum.seconds == Approx(one.seconds));
  CHECK(sum.substitutions == one.substitutions);
  CHECK(sum.segment_substitutions == one.segment_substitutions);
  for (std::size_t k = 0; k < 2; ++k) {
    const auto &a = sum.of_class[k], &b = one.of_class[k];
    CHECK(a.correct == b.correct);
    CHECK(a.correct > 20);
    CHECK(a.detections == b.detections);
    CHECK(a.detected == b.detected);
    CHECK(a.false_alarms == b.false_alarms);
    CHECK(a.segment_hits == b.segment_hits);
    CHECK(a.segment_false == b.segment_false);
    CHECK(a.segment_missed == b.segment_missed);
  }
  const auto twice = event_scoring::sum_of(blocks, {2, 0, 0, 0});
  CHECK(twice.of_class[0].references == 2 * blocks[0].of_class[0].references);
  CHECK(twice.seconds == Approx(600));
}

TEST_CASE("options of scoring out of range are refused", "[event_scoring]") {
  ScoringOptions options;
  options.segment_s = 0;
  CHECK_THROWS_AS(counted({}, {}, options), UsageError);
  options = {};
  options.offset_collar_share = 1.1;
  CHECK_THROWS_AS(counted({}, {}, options), UsageError);
}
