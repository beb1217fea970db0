// SPDX-License-Identifier: Apache-2.0
#include "event_scoring/intersections.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using event_scoring::count_intersections;
using event_scoring::IntersectionCounts;
using event_scoring::kPsds1;
using event_scoring::kPsds2;
using event_scoring::psds;

namespace {

const std::vector<std::string> kTwo = {"dog", "cat"};

events::Event stretch(double start_s, double end_s, const std::string& label = "dog") {
  events::Event made;
  made.start_s = start_s, made.end_s = end_s, made.label = label;
  return made;
}

IntersectionCounts intersected(const std::vector<events::Event>& reference, const std::vector<events::Event>& detected,
                               const event_scoring::PsdsRule& rule) {
  return event_scoring::sum_of(count_intersections({"a.wav", 3600, reference}, detected, kTwo, rule));
}

/// An operating point of one hour: per class true positives of 10 annotated events, and wrong detections.
IntersectionCounts point(std::vector<std::int64_t> correct, std::vector<std::int64_t> wrong) {
  IntersectionCounts counts;
  counts.seconds = 3600;
  const std::size_t classes = correct.size();
  counts.reference_s.assign(classes, 100);
  counts.references.assign(classes, 10);
  counts.crossed.assign(classes * classes, 0);
  counts.correct = std::move(correct);
  counts.wrong = std::move(wrong);
  return counts;
}

}  // namespace

TEST_CASE("a detection counts when enough of it lies in events, an event when enough is detected", "[event_scoring]") {
  // 0.7 of the detection and 0.7 of the event.
  auto counts = intersected({stretch(10, 20)}, {stretch(13, 23)}, kPsds1);
  CHECK(counts.correct[0] == 1);
  CHECK(counts.wrong[0] == 0);
  // 0.6 of the detection: it is wrong, and covers nothing.
  counts = intersected({stretch(10, 20)}, {stretch(14, 24)}, kPsds1);
  CHECK(counts.correct[0] == 0);
  CHECK(counts.wrong[0] == 1);
  // All of the detection but half of the event: neither right nor wrong.
  counts = intersected({stretch(10, 20)}, {stretch(10, 15)}, kPsds1);
  CHECK(counts.correct[0] == 0);
  CHECK(counts.wrong[0] == 0);
  // Two detections cover it together.
  counts = intersected({stretch(10, 20)}, {stretch(10, 14), stretch(15, 19)}, kPsds1);
  CHECK(counts.correct[0] == 1);
  // One detection covers two events: 8 of its 10 s.
  counts = intersected({stretch(10, 14), stretch(16, 20)}, {stretch(10, 20)}, kPsds1);
  CHECK(counts.correct[0] == 2);
  CHECK(counts.reference_s[0] == Approx(8));
}

TEST_CASE("a wrong detection within another class is a cross-trigger", "[event_scoring]") {
  const auto counts = intersected({stretch(10, 20, "cat")}, {stretch(17, 27), stretch(18, 28)}, kPsds2);
  CHECK(counts.wrong[0] == 2);
  CHECK(counts.crossed[0 * 2 + 1] == 1);  // 0.3 of the first lies in the cat, 0.2 of the second
  CHECK(counts.crossed[1 * 2 + 0] == 0);
  CHECK(intersected({stretch(10, 20, "cat")}, {stretch(17, 27)}, kPsds1).crossed[1] == 0);
}

TEST_CASE("the score is the area below the steps", "[event_scoring]") {
  auto rule = kPsds1;
  // 0.4 from 10 false ones per hour on, 0.8 from 50 on: (40 * 0.4 + 50 * 0.8) / 100.
  CHECK(psds({point({8}, {50}), point({4}, {10})}, rule) == Approx(0.56));
  // A point with more false ones and fewer right ones changes nothing; nor does one beyond the limit.
  CHECK(psds({point({8}, {50}), point({4}, {10}), point({3}, {60}), point({10}, {101})}, rule) == Approx(0.56));
  CHECK(psds({point({10}, {0})}, rule) == Approx(1));
  rule.most_false_per_hour = 20;
  CHECK(psds({point({4}, {10})}, rule) == Approx(0.2));
}

TEST_CASE("classes that differ cost their deviation", "[event_scoring]") {
  // 0.8 and 0.4 from 0 on: mean 0.6, deviation 0.2.
  CHECK(psds({point({8, 4}, {0, 0})}, kPsds1) == Approx(0.4));
  // Below 50 the second class has none: mean 0.4, deviation 0.4, so 0; above as before.
  CHECK(psds({point({8, 4}, {0, 50})}, kPsds1) == Approx(0.2));
  auto rule = kPsds1;
  rule.deviation_weight = 0;
  CHECK(psds({point({8, 4}, {0, 50})}, rule) == Approx((50 * 0.4 + 50 * 0.6) / 100));
}

TEST_CASE("cross-triggers move a point to more false ones", "[event_scoring]") {
  auto counts = point({8, 8}, {10, 0});
  counts.crossed[0 * 2 + 1] = 1;  // in 100 s of cat: 36 per hour of it, over two classes, by half: 9 more
  auto rule = kPsds2;
  // Both 0.8 from 19 on; before that 0.8 and 0: mean less deviation 0.
  CHECK(psds({counts}, rule) == Approx(0.81 * 0.8));
  rule.cross_weight = 0;
  CHECK(psds({counts}, rule) == Approx(0.9 * 0.8));
}

TEST_CASE("a class without events is left out; without any there is no score", "[event_scoring]") {
  auto counts = point({8, 0}, {0, 3});
  counts.references[1] = 0;
  CHECK(psds({counts}, kPsds1) == Approx(0.8));
  counts.references[0] = 0;
  CHECK(std::isnan(psds({counts}, kPsds1)));
  CHECK(std::isnan(psds({}, kPsds1)));
}

TEST_CASE("blocks of intersections add up to the whole", "[event_scoring]") {
  const events::Recording reference{"a.wav", 90, {stretch(5, 8), stretch(28, 33), stretch(61, 64, "cat")}};
  const std::vector<events::Event> detected = {stretch(5, 8), stretch(29, 33), stretch(62, 63)};
  const auto whole = event_scoring::sum_of(count_intersections(reference, detected, kTwo, kPsds2));
  const auto blocks = count_intersections(reference, detected, kTwo, kPsds2, 30);
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[0].correct[0] == 2);
  CHECK(blocks[2].crossed[1] == 1);
  const auto sum = event_scoring::sum_of(blocks);
  CHECK(sum.correct == whole.correct);
  CHECK(sum.wrong == whole.wrong);
  CHECK(sum.crossed == whole.crossed);
  CHECK(sum.references == whole.references);
  CHECK(sum.seconds == Approx(90));
}
