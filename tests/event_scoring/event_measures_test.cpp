// SPDX-License-Identifier: Apache-2.0
#include "event_scoring/event_measures.h"

#include "event_scoring/measures_text.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using event_scoring::BlockCounts;
using event_scoring::measures_of;
using event_scoring::percentile;

namespace {

BlockCounts some_counts() {
  BlockCounts counts;
  counts.seconds = 1800;
  counts.of_class.resize(3);
  auto& dog = counts.of_class[0];
  dog.references = 4, dog.detections = 6, dog.correct = 3, dog.detected = 4, dog.false_alarms = 1;
  dog.segment_hits = 5, dog.segment_false = 5, dog.segment_missed = 0;
  dog.delays_s = {0.4, 0.1, 0.2, 0.3};
  auto& cat = counts.of_class[1];
  cat.references = 2, cat.detections = 0;
  cat.segment_missed = 2;
  return counts;  // the third class does not occur
}

}  // namespace

TEST_CASE("precision, recall and F1 of counts", "[event_scoring]") {
  const auto measures = measures_of(some_counts());
  const auto& dog = measures.of_class[0];
  CHECK(dog.event.precision == Approx(0.5));
  CHECK(dog.event.recall == Approx(0.75));
  CHECK(dog.event.f1 == Approx(0.6));
  CHECK(dog.segment.f1 == Approx(10.0 / 15));
  CHECK(dog.detected_share == Approx(1));
  CHECK(dog.false_alarms_per_hour == Approx(2));
  CHECK(dog.median_delay_s == Approx(0.25));
  CHECK(dog.late_delay_s == Approx(0.37));
  const auto& cat = measures.of_class[1];
  CHECK(std::isnan(cat.event.precision));
  CHECK(cat.event.recall == 0);
  CHECK(cat.event.f1 == 0);
  CHECK(std::isnan(cat.median_delay_s));
  CHECK(measures.all.event.f1 == Approx(2 * 3.0 / (6 + 6)));
  CHECK(measures.macro_event_f1 == Approx(0.3));  // without the class that does not occur
  CHECK(measures.event_error_rate == Approx((1 + 2 + 3) / 6.0));
}

TEST_CASE("percentiles lie between values in proportion", "[event_scoring]") {
  CHECK(percentile({3, 1, 2}, 0.5) == 2);
  CHECK(percentile({1, 2}, 0.75) == Approx(1.75));
  CHECK(percentile({7}, 0.9) == 7);
  CHECK(percentile({1, 2, 3}, 1) == 3);
  CHECK(std::isnan(percentile({}, 0.5)));
}

TEST_CASE("measures as text and JSON, without numbers where there are none", "[event_scoring]") {
  const std::vector<std::string> names = {"dog", "cat", "cow"};
  const auto measures = measures_of(some_counts());
  const auto json = event_scoring::measures_json(measures, names);
  CHECK(json["event"]["f1"].get<double>() == Approx(0.5));
  CHECK(json["classes"]["dog"]["delay_s"]["median"].get<double>() == Approx(0.25));
  CHECK(json["classes"]["cow"]["event"]["f1"].is_null());
  CHECK(json["seconds"] == 1800);
  const auto text = event_scoring::measures_text(measures, names);
  CHECK(text.find("dog") != std::string::npos);
  CHECK(text.find("60.0") != std::string::npos);
}
