// SPDX-License-Identifier: Apache-2.0
#include "events/label_files.h"

#include "events/event_text.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "text/text.h"

#include <catch2/catch.hpp>

#include <random>

using namespace soundfold;
using events::EventFormat;
using events::LabelOptions;
using events::Recording;

namespace {

std::vector<Recording> parsed(const std::string& text, const LabelOptions& options = {}) {
  return events::parse_labels(text, "labels.txt", options);
}

/// "a.wav: 1-2 dog, 3-4 cat; b.wav: 5-6 dog".
std::string shown_labels(const std::vector<Recording>& recordings) {
  const auto number = [](double x) { return trimmed(fixed(x, 2)); };
  std::string text;
  for (const auto& recording : recordings) {
    text += (text.empty() ? "" : "; ") + recording.path + ":";
    for (const auto& event : recording.events) {
      text += (text.back() == ':' ? " " : ", ") + number(event.start_s) + "-" + number(event.end_s) + " " + event.label;
    }
  }
  return text;
}

std::string shown_labels(const std::string& text, const LabelOptions& options = {}) {
  return shown_labels(parsed(text, options));
}

void check_refused(const std::string& text, const std::string& message, const LabelOptions& options = {}) {
  INFO(text);
  CHECK_THROWS_WITH(parsed(text, options), Catch::Contains(message) && Catch::StartsWith("labels.txt"));
}

/// Every recording has ten seconds.
LabelOptions ten_seconds() {
  LabelOptions options;
  options.seconds_of = [](const std::string&) { return 10.0; };
  return options;
}

const std::string kRaven = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\t";

}  // namespace

TEST_CASE("a label track of Audacity, with and without frequencies", "[events]") {
  CHECK(shown_labels("3.400000\t6.100000\tcat\n2.150000\t2.150000\tdog\n") == ": 2.15-2.15 dog, 3.40-6.10 cat");
  CHECK(shown_labels("1.0\t1.5\tdog\r\n\\\t6928.456055\t6928.456055\r\n2.0\t2.5\tcat\r\n\\\t-1.000000\t6334.588867") ==
        ": 1.00-1.50 dog, 2.00-2.50 cat");
  CHECK(shown_labels("\xef\xbb\xbf"
                     "0\t1\t  big   dog \n") == ": 0.00-1.00 big dog");
  const auto with_probability = parsed("0.0\t3.0\tdog\t0.71\n");
  CHECK(with_probability.at(0).events.at(0).probability == 0.71);
}

TEST_CASE("an empty file is a recording without events", "[events]") {
  CHECK(shown_labels("") == ":");
  CHECK(shown_labels("\n\r\n") == ":");
}

TEST_CASE("a selection table of Raven", "[events]") {
  CHECK(shown_labels(kRaven + "Species\n1\tWaveform 1\t1\t1.5\t2\t0\t9\tdog\n1\tSpectrogram 1\t1\t1.5\t2\t0\t9\tdog\n"
                              "2\tSpectrogram 1\t1\t4\t5\t0\t9\tcat\n") == ": 1.50-2.00 dog, 4.00-5.00 cat");
  // Times over both files; a quote is a letter like others, and trailing fields may be missing.
  CHECK(shown_labels(kRaven + "Begin Path\tFile Offset (s)\tAnnotation\tNotes\n"
                              "1\tSpectrogram 1\t1\t1\t2\t0\t9\tC:\\x\\a.wav\t1\ta \"dog\t\n"
                              "2\tSpectrogram 1\t1\t64\t65.5\t0\t9\tb.wav\t4\tcat\n") ==
        "C:\\x\\a.wav: 1.00-2.00 a \"dog; b.wav: 4.00-5.50 cat");
  // BirdNET's table: the common name comes before the code.
  CHECK(shown_labels(kRaven + "Common Name\tSpecies Code\tConfidence\tBegin Path\tFile Offset (s)\n"
                              "1\tSpectrogram 1\t1\t0\t3.0\t0\t15000\tEurasian Wren\twinwre4\t0.81\t/r/a.wav\t0\n") ==
        "/r/a.wav: 0.00-3.00 Eurasian Wren");
  check_refused(kRaven + "Begin File\tSpecies\n1\tS\t1\t1\t2\t0\t9\ta.wav\tdog\n2\tS\t1\t64\t65\t0\t9\tb.wav\tdog\n",
                "labels.txt, row 3: a second recording ('b.wav'), but labels.txt has no column File Offset (s)");
}

TEST_CASE("a CSV of annotations, with folds and sources", "[events]") {
  const auto read =
      parsed("path,start_s,end_s,label,fold,source\na.wav,1,2,dog,3,x\nb.wav,,,,1,y\na.wav,0,1,cat,3,x\n");
  CHECK(shown_labels(read) == "a.wav: 0.00-1.00 cat, 1.00-2.00 dog; b.wav:");
  CHECK(read[0].fold == 3);
  CHECK(read[1].source == "y");
  CHECK(shown_labels("filename\tonset\toffset\tevent_label\na.wav\t0.5\t1\tSpeech\n") == "a.wav: 0.50-1.00 Speech");
  CHECK(shown_labels("Start (s);End (s);Who\n0;1;dog\n", {"who", {}}) == ": 0.00-1.00 dog");
}

TEST_CASE("every problem of a label file is one line with its row", "[events]") {
  check_refused("1\t2\tdog\n4\t3\tcat\n", "labels.txt, row 2: the end (3 s) is before the start (4 s)");
  check_refused("-1\t3\tcat\n", "labels.txt, row 1: -1 s is before the recording's beginning");
  check_refused("1\tnan\tcat\n", "labels.txt, row 1: 'nan' is not a number of seconds");
  check_refused("1\tinf\tcat\n", "'inf' is not a number");
  check_refused("1\t1e300\tcat\n", "'1e300' is not a number");
  check_refused("1,5\t2,5\tcat\n", "'1,5' is not a number");
  check_refused("1\t2\t \n", "labels.txt, row 1: the label is empty");
  check_refused("1\t2\n", "labels.txt, row 1: the label is empty");
  check_refused("1\t2\tdog\t1\t2\n", "labels.txt, row 1: 5 fields between tabs");
  check_refused("\\\t1\t2\n1\t2\tdog\n", "labels.txt, row 1: '\\' is not a number");
  check_refused("1\t2\tdog\xFF\n", "labels.txt, row 1: the label 'dog\xEF\xBF\xBD' is not UTF-8");
  check_refused("path,start_s,label\na.wav,1,dog\n", "no column for the end (looked for end_s, End Time (s), ");
  check_refused("path,start_s,end_s,label\n,1,2,dog\n", "labels.txt, row 2: the path is empty");
  check_refused("path,start_s,end_s,label\na.wav,1,,dog\n", "labels.txt, row 2: '' is not a number of seconds");
  check_refused("path,start_s,end_s,label,fold\na.wav,1,2,dog,0\n", "row 2: 0 is not a fold");
  check_refused("path,start_s,end_s,label,fold\na.wav,1,2,dog,1\na.wav,1,2,dog,2\n",
                "row 3: the recording 'a.wav' has another fold or source");
  check_refused("path,start_s,end_s,label\na.wav,1,2,dog\n", "no column for the label (looked for who)", {"who", {}});
  for (const std::string text : {"WEBVTT\n\n", "{\"path\":\"a.wav\", \"start_s\":1}\n", "hello", "RIFF\x01\x02"}) {
    check_refused(text, "labels.txt: not a label file; a label track of Audacity");
  }
}

TEST_CASE("events beyond their recording are refused, but for what rounding makes", "[events]") {
  CHECK(parsed("1\t2\tdog\n", ten_seconds()).at(0).seconds == 10);
  CHECK(shown_labels("9\t10.09\tdog\n", ten_seconds()) == ": 9.00-10.00 dog");
  check_refused("1\t2\tx\n9\t10.2\tdog\n",
                "labels.txt, row 2: 9.00 to 10.20 s is beyond the recording, which has 10.00 s", ten_seconds());
  check_refused("10\t10.05\tdog\n", "is beyond the recording", ten_seconds());
}

TEST_CASE("what is written is read again", "[events]") {
  const std::vector<Recording> all = {
      {"=a, \"b\".wav", 30, {{0, 0.96, "dog", 0.9}, {0.123, 29.9, "=cat, \"wild\"", 0.25}, {5, 6, "'@x", 1}}},
      {"b.wav", 20, {{3, 3, "caf\xC3\xA9", 1}}}};
  for (const auto format : {EventFormat::csv, EventFormat::raven}) {
    INFO(name_of(format));
    events::EventText text(format);
    std::string written = text.header();
    for (const auto& recording : all) written += text.recording(recording);
    const auto read = parsed(written);
    CHECK(shown_labels(read) ==
          "./=a, \"b\".wav: 0.00-0.96 dog, 0.12-29.90 =cat, \"wild\", 5.00-6.00 '@x; b.wav: 3.00-3.00 caf\xC3\xA9");
    CHECK(read.at(0).events.at(1).start_s == 0.123);
    CHECK(read.at(0).events.at(1).probability == 0.25);
  }
  const testing::TempFolder folder;
  write_file_atomically(folder / "a.txt", events::EventText(EventFormat::audacity).recording(all[0]));
  CHECK(shown_labels(events::read_labels(folder / "a.txt")) ==
        ": 0.00-0.96 dog, 0.12-29.90 =cat, \"wild\", 5.00-6.00 '@x");
}

TEST_CASE("damaged label files are read or refused in one line", "[events]") {
  const std::vector<std::string> intact = {
      "1.0\t2.5\tdog\n\\\t100\t200\n3\t4\tcat\t0.5\n",
      kRaven +
          "Begin Path\tFile Offset "
          "(s)\tClass\n1\tS\t1\t1\t2\t0\t9\ta.wav\t1\tdog\n2\tS\t1\t64\t65\t0\t9\tb.wav\t4\tx\n",
      "path,start_s,end_s,label,fold,source\na.wav,1,2,dog,3,x\nb.wav,,,,1,y\n\"c,d\".wav,0,1,cat,2,z\n"};
  std::mt19937 random(7);
  int accepted = 0, refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = intact[static_cast<std::size_t>(round) % intact.size()];
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes[at] = "\0\xFF\t\n,\"-\\e9"[random() % 10];
          break;
        case 1:
          bytes.erase(at, 1 + random() % 9);
          break;
        default:
          bytes.insert(at, bytes.substr(at, random() % 30));
      }
      if (bytes.empty()) bytes = " ";
    }
    try {
      for (const auto& recording : parsed(bytes, ten_seconds())) {
        for (const auto& event : recording.events) {
          const bool valid = 0 <= event.start_s && event.start_s <= event.end_s && event.end_s <= 10;
          if (!valid || event.label.empty()) FAIL("an impossible event from " << bytes);
        }
      }
      ++accepted;
    } catch (const DataError& error) {
      const std::string message = error.what();
      if (message != shown(message, message.size()) || message.compare(0, 10, "labels.txt") != 0) FAIL(message);
      ++refused;
    }
  }
  CHECK(accepted > 100);
  CHECK(refused > 100);
}
