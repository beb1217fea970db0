// SPDX-License-Identifier: Apache-2.0
#include "events/event_text.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace soundfold;
using events::Event;
using events::EventFormat;
using events::EventText;
using events::Recording;

namespace {

Recording yard() {
  return {"yard.wav", 20, {{12.48, 14.4, "dog", 0.934, 0.8, 13.2, -23.45}, {15, 15.96, "cat", 0.5, 0.5, 15.48, -40}}};
}

std::string written(EventFormat format, const std::vector<Recording>& recordings) {
  EventText text(format);
  std::string all = text.header();
  for (const auto& recording : recordings) all += text.recording(recording);
  return all;
}

std::string with_label(EventFormat format, const std::string& label, const std::string& path = "a.wav") {
  return written(format, {{path, 9, {{1, 2, label}}}});
}

}  // namespace

TEST_CASE("events are written in six formats", "[events]") {
  CHECK(written(EventFormat::text, {yard()}) == "yard.wav: 12.48-14.40 s dog 0.93\nyard.wav: 15.00-15.96 s cat 0.50\n");
  CHECK(written(EventFormat::csv, {yard()}) ==
        "file,start_s,end_s,class,probability,level_dbfs\n"
        "yard.wav,12.480,14.400,dog,0.934000,-23.4\n"
        "yard.wav,15.000,15.960,cat,0.500000,-40.0\n");
  CHECK(written(EventFormat::audacity, {yard()}) == "12.480000\t14.400000\tdog\n15.000000\t15.960000\tcat\n");
  CHECK(written(EventFormat::raven, {yard()}) ==
        "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tBegin Path\t"
        "File Offset (s)\tClass\tConfidence\n"
        "1\tSpectrogram 1\t1\t12.480000\t14.400000\t0\t8000\tyard.wav\t12.480000\tdog\t0.934000\n"
        "2\tSpectrogram 1\t1\t15.000000\t15.960000\t0\t8000\tyard.wav\t15.000000\tcat\t0.500000\n");
  CHECK(written(EventFormat::vtt, {yard()}) ==
        "WEBVTT\n\n00:00:12.480 --> 00:00:14.400\ndog 0.93\n\n00:00:15.000 --> 00:00:15.960\ncat 0.50\n\n");
}

TEST_CASE("JSON has one object a line with all that is known of an event", "[events]") {
  EventText text(EventFormat::json);
  CHECK(text.header().empty());
  const auto line = text.recording({"a.wav", 3, {{0.1 + 0.2, 1, "dog", 0.9, 0.8, 0.5, -20}}});
  CHECK(line ==
        "{\"path\":\"a.wav\",\"start_s\":0.3,\"end_s\":1.0,\"class\":\"dog\",\"probability\":0.9,"
        "\"mean_probability\":0.8,\"peak_s\":0.5,\"level_dbfs\":-20.0}\n");
}

TEST_CASE("in a Raven table of several recordings times go on, and offsets do not", "[events]") {
  // The second recording has no known length: it counts as long as its events.
  const auto table =
      written(EventFormat::raven, {yard(), {"b.wav", 0, {{1, 4, "dog"}}}, {"c.wav", 5, {{2, 3, "cat"}}}});
  CHECK_THAT(table, Catch::Contains("\n3\tSpectrogram 1\t1\t21.000000\t24.000000\t0\t8000\tb.wav\t1.000000\tdog\t"));
  CHECK_THAT(table, Catch::Contains("\n4\tSpectrogram 1\t1\t26.000000\t27.000000\t0\t8000\tc.wav\t2.000000\tcat\t"));
}

TEST_CASE("formats without names of recordings say so", "[events]") {
  CHECK_FALSE(events::holds_recordings(EventFormat::audacity));
  CHECK_FALSE(events::holds_recordings(EventFormat::vtt));
  for (const auto format : {EventFormat::text, EventFormat::json, EventFormat::csv, EventFormat::raven}) {
    CHECK(events::holds_recordings(format));
  }
}

TEST_CASE("labels and paths with line breaks, tabs and odd bytes stay one row", "[events]") {
  const std::string odd =
      "a\tb\nc\r\xFF\xE2\x80\xA8"
      "d";  // the last character is Unicode's line separator
  for (const auto& name : choice_names<EventFormat>()) {
    INFO(name);
    const auto format = *choice_named<EventFormat>(name);
    const auto plain = with_label(format, "abcd"), guarded = with_label(format, odd, odd);
    CHECK(std::count(guarded.begin(), guarded.end(), '\n') == std::count(plain.begin(), plain.end(), '\n'));
    CHECK(std::count(guarded.begin(), guarded.end(), '\t') == std::count(plain.begin(), plain.end(), '\t'));
    CHECK(guarded.find('\r') == std::string::npos);
    CHECK_NOTHROW(nlohmann::json(guarded).dump());  // throws for text that is not UTF-8
  }
}

TEST_CASE("a spreadsheet takes no class name for a formula", "[events]") {
  CHECK_THAT(with_label(EventFormat::csv, "=1+1", "=a.wav"), Catch::Contains("\n./=a.wav,1.000,2.000,'=1+1,"));
  CHECK_THAT(with_label(EventFormat::csv, "@x", "-a,b.wav"), Catch::Contains("\n\"./-a,b.wav\",1.000,2.000,'@x,"));
  CHECK_THAT(with_label(EventFormat::raven, "\t=1+1"), Catch::Contains("\t' =1+1\t"));
  CHECK_THAT(with_label(EventFormat::csv, "'=x"), Catch::Contains(",''=x,"));
  CHECK_THAT(with_label(EventFormat::csv, "'tis"), Catch::Contains(",'tis,"));
  CHECK_THAT(with_label(EventFormat::audacity, "=1+1"), Catch::EndsWith("\t=1+1\n"));
}

TEST_CASE("a label cannot end or begin a cue, and a cue ends after it begins", "[events]") {
  CHECK_THAT(with_label(EventFormat::vtt, "00:01 --> 00:02 <b>&"),
             Catch::EndsWith("\n00:01 --&gt; 00:02 &lt;b&gt;&amp; 1.00\n\n"));
  CHECK(EventText(EventFormat::vtt).recording({"", 0, {{3723.5, 3723.5, "x"}}}) ==
        "01:02:03.500 --> 01:02:03.501\nx 1.00\n\n");
}
