// SPDX-License-Identifier: Apache-2.0
#include "annotations/recordings.h"

#include "audio/waveform.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "text/text.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// a.wav, b.wav and deep/c.wav, of ten seconds each.
struct Place {
  Place() {
    fs::create_directories(folder / "sounds/deep");
    const std::vector<float> samples(80'000, 0.1F);
    for (const char* name : {"a.wav", "b.wav", "deep/c.wav"}) {
      audio::write_wav(folder / "sounds" / name, samples, 8000);
    }
  }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    write_file_atomically(folder / name, text);
  }
  /// "a.wav: 1-2 dog; deep/c.wav:".
  std::string read(const std::string& labels) const {
    std::string text;
    const auto found = annotations::annotated_recordings(folder / "sounds", folder / labels, "");
    for (const auto& recording : found.recordings) {
      CHECK(recording.seconds == 10);
      text += (text.empty() ? "" : "; ") + recording.path + ":";
      for (const auto& event : recording.events) {
        text += " " + fixed(event.start_s, 0) + "-" + fixed(event.end_s, 0) + " " + event.label;
      }
    }
    return text + (found.without_labels.empty() ? "" : " without: " + join(found.without_labels));
  }
  void check_refused(const std::string& labels, const std::string& message) const {
    CHECK_THROWS_WITH(read(labels), Contains(message));
  }
  testing::TempFolder folder;
};

}  // namespace

TEST_CASE("label files beside their recordings, and in a folder of their own", "[annotations]") {
  const Place place;
  for (const std::string labels : {"sounds", "marks"}) {
    place.write(labels + "/a.txt", "1\t2\tdog\n");
    place.write(labels + "/deep/c.Table.1.selections.txt",
                "Selection\tBegin Time (s)\tEnd Time (s)\tSpecies\n1\t3\t4\tcat\n");
    CHECK(place.read(labels) == "a.wav: 1-2 dog; deep/c.wav: 3-4 cat without: b.wav");
    place.write(labels + "/b.csv", "");
    CHECK(place.read(labels) == "a.wav: 1-2 dog; b.wav:; deep/c.wav: 3-4 cat");
  }
  place.write("marks/a.other.txt", "1\t2\tdog\n");
  place.check_refused("marks", "'a.wav' has two label files, 'a.other.txt' and 'a.txt'; keep one");
}

TEST_CASE("a list of several recordings, by paths below the root or by names alone", "[annotations]") {
  const Place place;
  place.write("list.csv", "path,start_s,end_s,label\ndeep/c.wav,3,4,cat\na.wav,1,2,dog\n./a.wav,1,2,dog\n");
  place.check_refused("list.csv", "'a.wav' and './a.wav' are one recording");
  place.write("list.csv", "path,start_s,end_s,label\ndeep/c.wav,3,4,cat\na.wav,1,2,dog\n");
  CHECK(place.read("list.csv") == "a.wav: 1-2 dog; deep/c.wav: 3-4 cat without: b.wav");
  place.write("raven.txt",
              "Selection\tBegin Time (s)\tEnd Time (s)\tBegin Path\tFile Offset (s)\tSpecies\n"
              "1\t1\t2\tC:\\rec\\a.wav\t1\tdog\n2\t13\t14\t/else/where/c.wav\t3\tcat\n");
  CHECK(place.read("raven.txt") == "a.wav: 1-2 dog; deep/c.wav: 3-4 cat without: b.wav");
}

TEST_CASE("every problem of annotated recordings is one line", "[annotations]") {
  const Place place;
  place.check_refused("none", "does not exist; give a label file");
  place.check_refused("sounds", "no label file for any of the 3 sounds");
  place.write("sounds/a.txt", "1\t12\tdog\n");
  place.check_refused("sounds", "a.txt, row 1: 1.00 to 12.00 s is beyond the recording, which has 10.00 s");
  place.write("list.csv", "path,start_s,end_s,label\nd.wav,3,4,cat\n");
  place.check_refused("list.csv", "no recording 'd.wav' in ");
  place.write("list.txt", "3\t4\tcat\n");
  place.check_refused("list.txt", "names no recording; put it beside its recording");
  place.write("sounds/a.txt", "path,start_s,end_s,label\na.wav,3,4,cat\nb.wav,3,4,cat\n");
  place.check_refused("sounds", "names 2 recordings; give such a file itself as data.manifest");
  fs::copy_file(place.folder / "sounds/a.wav", place.folder / "sounds/deep/a.wav");
  place.write("list.csv", "path,start_s,end_s,label\nx/a.wav,3,4,cat\n");
  place.check_refused("list.csv", "'x/a.wav' could be 'a.wav' or 'deep/a.wav'");
}
