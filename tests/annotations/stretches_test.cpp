// SPDX-License-Identifier: Apache-2.0
#include "annotations/stretches.h"

#include "text/text.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using annotations::LabelledStretches;
using annotations::StretchRules;
using events::Event;
using events::Recording;

namespace {

Event marked(double start_s, double end_s, const std::string& label) {
  Event event;
  event.start_s = start_s;
  event.end_s = end_s;
  event.label = label;
  return event;
}

std::vector<Recording> one(double seconds, std::vector<Event> events) {
  return {{"a.wav", seconds, std::move(events)}};
}

/// "1.0-2.0 dog|cat, 3.0-8.0".
std::string text_of(const LabelledStretches& found) {
  std::string text;
  for (const auto& part : found.list) {
    text += (text.empty() ? "" : ", ") + fixed(part.stretch.start_s, 1) + "-" + fixed(part.stretch.end_s, 1);
    if (!part.labels.empty()) text += " " + join(part.labels, "|");
  }
  return text;
}

std::string found_in(const std::vector<Recording>& recordings, double negatives_per_event, bool multi_label = false) {
  StretchRules rules;
  rules.negatives_per_event = negatives_per_event;
  rules.multi_label = multi_label;
  return text_of(annotations::stretches_of(recordings, rules));
}

}  // namespace

TEST_CASE("each event is a stretch", "[annotations]") {
  const auto recordings = one(20, {marked(1, 2, "dog"), marked(4, 5.5, "cat")});
  CHECK(found_in(recordings, 0) == "1.0-2.0 dog, 4.0-5.5 cat");
  const auto found = annotations::stretches_of(recordings, {});
  CHECK(found.events == 2);
  CHECK(found.list[0].stretch.window_share == 0.5);
  CHECK(found.list[0].stretch.event_share == 0.5);
}

TEST_CASE("time without events is cut into stretches whose windows lie in them", "[annotations]") {
  // Free: 0 to 1 (too short), 2 to 4, 5.5 to 20: 5.5, 10.5, 15.5 to 20.
  const auto recordings = one(20, {marked(1, 2, "dog"), marked(4, 5.5, "cat")});
  CHECK(found_in(recordings, 100) == "1.0-2.0 dog, 2.0-4.0, 4.0-5.5 cat, 5.5-10.5, 10.5-15.5, 15.5-20.0");
  const auto found = annotations::stretches_of(recordings, {0.5, 0.5, 100, false});
  CHECK(found.negatives_there_are == 4);
  CHECK(found.list[1].stretch.window_share == 1);
  CHECK(found.list[1].stretch.event_share > 1);
  // Events within others, and a rest of less than 1.5 s.
  CHECK(found_in(one(12.4, {marked(0, 6, "dog"), marked(1, 2, "dog")}), 9) == "0.0-6.0 dog, 1.0-2.0 dog, 6.0-11.0");
  CHECK(found_in(one(6, {}), 9).empty());  // nothing to compare a number of negatives with
}

TEST_CASE("a recording of unknown length counts to its last event", "[annotations]") {
  CHECK(found_in(one(0, {marked(3, 4, "dog")}), 9) == "0.0-3.0, 3.0-4.0 dog");
}

TEST_CASE("as many stretches without events are drawn as asked for, the same each time", "[annotations]") {
  std::vector<Recording> recordings;
  for (int i = 0; i < 10; ++i) {
    recordings.push_back({"r" + std::to_string(i) + ".wav", 61, {marked(0, 1, "dog"), marked(1, 2, "cat")}});
  }
  const StretchRules rules{0.5, 0.5, 1.5, false};
  const auto found = annotations::stretches_of(recordings, rules);
  CHECK(found.events == 20);
  CHECK(found.negatives_there_are == 120);
  CHECK(found.list.size() == 50);
  CHECK(text_of(found) == text_of(annotations::stretches_of(recordings, rules)));
  std::size_t recordings_drawn_from = 0, last = 99;
  for (const auto& part : found.list) {
    if (!part.labels.empty() || part.recording == last) continue;
    last = part.recording;
    ++recordings_drawn_from;
  }
  CHECK(recordings_drawn_from >= 8);  // 30 of 120: not those of the first recordings
}

TEST_CASE("where a clip has one label, events that overlap another's are left out", "[annotations]") {
  const auto recordings = one(
      9, {marked(0, 2, "dog"), marked(1, 3, "cat"), marked(3, 4, "dog"), marked(5, 6, "dog"), marked(5.5, 7, "dog")});
  CHECK(found_in(recordings, 0) == "3.0-4.0 dog, 5.0-6.0 dog, 5.5-7.0 dog");
  CHECK(annotations::stretches_of(recordings, {}).left_out == 2);
  CHECK(found_in(recordings, 9) == "3.0-4.0 dog, 5.0-6.0 dog, 5.5-7.0 dog, 7.0-9.0");
}

TEST_CASE("where a clip may have several labels, an event has those of others that are heard in it", "[annotations]") {
  // cat covers half of the first dog; of the second, 1 of 4 s, which is all of that cat; of the third 0.2 of 2 s.
  const auto recordings = one(40, {marked(0, 2, "dog"), marked(1, 9, "cat"), marked(10, 14, "dog"),
                                   marked(12, 13, "cat"), marked(20, 22, "dog"), marked(21.8, 25, "cat")});
  CHECK(found_in(recordings, 0, true) ==
        "0.0-2.0 cat|dog, 1.0-9.0 cat|dog, 10.0-14.0 cat|dog, 12.0-13.0 cat|dog, 20.0-22.0 dog, 21.8-25.0 cat");
}

TEST_CASE("an event without a label takes up time and is nothing else", "[annotations]") {
  CHECK(found_in(one(9, {marked(0, 2, "dog"), marked(1, 6, "")}), 9) == "0.0-2.0 dog, 6.0-9.0");
}

TEST_CASE("an event that was marked twice is one stretch", "[annotations]") {
  CHECK(found_in(one(9, {marked(1, 2, "dog"), marked(1, 2, "dog")}), 0) == "1.0-2.0 dog");
  CHECK(found_in(one(9, {marked(1, 2, "cat"), marked(1, 2, "dog")}), 0, true) == "1.0-2.0 cat|dog");
}
