// SPDX-License-Identifier: Apache-2.0
#include "classification/classify_files.h"

#include "audio/waveform.h"
#include "classification/fake_classifier.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::classification;

namespace {

/// Sounds, and files that are none.
struct Recordings {
  Recordings() {
    make_folder(folder / "empty");
    for (const char* name : {"a.wav", "b.wav", "c.wav"}) {
      audio::write_wav(folder / name, std::vector<float>(20'000, 0.1F), 16'000);
    }
    write_file_atomically(folder / "garbled.wav", "this is not a sound");
    write_file_atomically(folder / "list.txt", path("c.wav") + "\n" + path("gone.wav") + "\n");
    for (const char* name : {"b.wav", "garbled.wav", "empty", "a.wav"}) request.inputs.push_back(path(name));
    request.list = path("list.txt");
    request.answers.top = 1;
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }

  testing::TempFolder folder;
  FilesRequest request;
};

}  // namespace

TEST_CASE("files are answered in their order, and a bad one does not end the list", "[classification]") {
  Recordings recordings;
  const testing::FakeClassifier classifier;
  const auto line = [&](const std::string& name) { return recordings.path(name) + ": cat, large 0.700\n"; };
  for (const int threads : {1, 3}) {
    recordings.request.threads = threads;
    std::string printed;
    CHECK_THROWS_WITH(
        classify_files(classifier, "model.pt", recordings.request, [&](const std::string& text) { printed += text; }),
        "3 of 6 files could not be classified");
    CHECK(printed == line("b.wav") + line("a.wav") + line("c.wav"));
  }
}

TEST_CASE("the CSV form begins with its header", "[classification]") {
  Recordings recordings;
  recordings.request.inputs = {recordings.path("a.wav")};
  recordings.request.list.clear();
  recordings.request.answers.format = AnswerFormat::csv;
  std::string printed;
  classify_files(testing::FakeClassifier(), "model.pt", recordings.request,
                 [&](const std::string& text) { printed += text; });
  CHECK(printed ==
        "file,start_s,end_s,class,probability\n" + recordings.path("a.wav") + ",0.00,1.25,\"cat, large\",0.700000\n");
}

TEST_CASE("no input and a timeline without a hop are mistakes of usage", "[classification]") {
  const auto ignore = [](const std::string&) {};
  testing::FakeClassifier classifier;
  CHECK_THROWS_WITH(classify_files(classifier, "model.pt", FilesRequest(), ignore), Catch::Contains("no input"));
  Recordings recordings;
  recordings.request.answers.timeline = true;
  classifier.hop_s = 0;
  CHECK_THROWS_WITH(classify_files(classifier, "model.pt", recordings.request, ignore),
                    Catch::StartsWith("model.pt does not state the hop"));
  extraction::ClipList files;
  CHECK(list_files(recordings.request, files) == 1);  // the empty folder; what cannot be read is noticed later
  CHECK(files.size() == 5);
  recordings.request.list = recordings.path("gone.txt");
  CHECK_THROWS_AS(list_files(recordings.request, files), DataError);
}
