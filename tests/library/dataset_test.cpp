// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <soundfold/dataset.h>
#include <soundfold/error.h>

#include <filesystem>

using namespace soundfold;

TEST_CASE("the library reads data sets: folders with splits, and a CSV with folds", "[library]") {
  const testing::TempFolder folder;
  for (const char* name : {"train/dog/a.wav", "train/cat/b.wav", "test/dog/c.wav", "test/cat/d.wav"}) {
    std::filesystem::create_directories((folder / name).parent_path());
    write_file_atomically(folder / name, name);
  }
  DatasetOptions options;
  options.root = folder.path();
  options.classes = {"dog", "cat"};
  const Dataset data = read_dataset(options);
  CHECK(data.class_names == std::vector<std::string>{"dog", "cat"});
  REQUIRE(data.clips.size() == 4);
  for (const auto& clip : data.clips) {
    CHECK(clip.path == folder / clip.id);
    CHECK(clip.labels == std::vector<std::int64_t>{clip.id.find("dog") == std::string::npos});
    CHECK(clip.split == (clip.id.find("test") == 0 ? Split::test : Split::train));
    CHECK(clip.source == clip.id);
    CHECK(clip.fold == 0);
  }
  CHECK(!data.multi_label);
  CHECK(!data.description.empty());

  options.classes = {"dgo"};
  CHECK_THROWS_AS(read_dataset(options), UsageError);

  write_file_atomically(folder / "list.csv",
                        "file,what,part\ntrain/dog/a.wav,dog|cat,1\ntest/cat/d.wav,,2\ntest/dog/c.wav,dog,2\n");
  DatasetOptions csv;
  csv.layout = DatasetLayout::csv;
  csv.manifest = folder / "list.csv";
  csv.path_column = "file";
  csv.label_column = "what";
  csv.fold_column = "part";
  csv.multi_label = true;
  const Dataset listed = read_dataset(csv);
  CHECK(listed.multi_label);
  REQUIRE(listed.clips.size() == 3);
  CHECK(listed.clips[0].labels.size() == 2);
  CHECK(listed.clips[1].labels.empty());
  CHECK(listed.clips[1].fold == 2);

  csv.manifest = folder / "missing.csv";
  CHECK_THROWS_AS(read_dataset(csv), DataError);
}

TEST_CASE("the library reads annotated recordings: events and time without them", "[library]") {
  const testing::TempFolder folder;
  audio::write_wav(folder / "night.wav", std::vector<float>(std::size_t{20} * 8000, 0.1F), 8000);
  write_file_atomically(folder / "night.txt", "2\t3\towl\n9\t10.5\tfox\n");
  DatasetOptions options;
  options.layout = DatasetLayout::annotations;
  options.root = folder.path();
  options.other_class = "other";
  options.negatives_per_event = 0.5;
  const Dataset data = read_dataset(options);
  CHECK(data.class_names == std::vector<std::string>{"fox", "owl", "other"});
  REQUIRE(data.clips.size() == 3);
  std::size_t others = 0;
  for (const auto& clip : data.clips) {
    CHECK(clip.path == folder / "night.wav");
    CHECK(clip.source == "night.wav");
    if (clip.labels == std::vector<std::int64_t>{2}) ++others;
    if (clip.labels == std::vector<std::int64_t>{0}) CHECK((clip.start_s == 9 && clip.end_s == 10.5));
    if (clip.labels == std::vector<std::int64_t>{1}) CHECK((clip.start_s == 2 && clip.end_s == 3));
  }
  CHECK(others == 1);
}
