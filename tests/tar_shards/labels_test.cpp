// SPDX-License-Identifier: Apache-2.0
#include "tar_shards/labels.h"

#include "dataset/dataset.h"
#include "support/errors.h"
#include "tar_shards/sounds.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::tar_shards;
using Catch::Contains;

TEST_CASE("labels are the text of .cls and .txt, and label or labels of .json", "[tar_shards]") {
  CHECK(label_in("1.cls", "3\n") == "3");
  CHECK(label_in("1.txt", " dog bark\r\n") == "dog bark");
  CHECK(label_in("1.json", R"({"label": "dog", "labels": ["cat"]})") == "dog");
  CHECK(label_in("1.json", R"({"label": 3})") == "3");
  CHECK(label_in("a/1.JSON", R"({"labels": ["dog", 7]})") == "dog|7");
  CHECK(label_in("1.json", R"({"labels": []})").empty());
}

TEST_CASE("what is no label is refused by the member's name", "[tar_shards]") {
  CHECK_THROWS_WITH(label_in("x.tar/1.txt", "two\nlines"),
                    Contains("x.tar/1.txt: is no label") && Contains("'two?lines'"));
  CHECK_THROWS_WITH(label_in("x.tar/1.cls", " \n"), Contains("is no label"));
  CHECK_THROWS_WITH(label_in("1.txt", std::string(201, 'a')), Contains("is no label (one line of 1 to 200 bytes)"));
  CHECK_THROWS_WITH(label_in("1.json", "{"), Contains("1.json: is no JSON"));
  CHECK_THROWS_WITH(label_in("1.json", std::string(100'000, '[')), Contains("1.json: is no JSON"));
  CHECK_THROWS_WITH(label_in("1.json", R"({"class": "dog"})"), Contains(R"(has neither "label")"));
  CHECK_THROWS_WITH(label_in("1.json", R"(["dog"])"), Contains(R"(has neither "label")"));
  CHECK_THROWS_WITH(label_in("1.json", R"({"label": 1.5})"), Contains("a label is 1.5, but must be text"));
  CHECK_THROWS_WITH(label_in("1.json", R"({"labels": [{"a": 1}]})"), Contains("but must be text or a whole number"));
  CHECK_THROWS_WITH(label_in("1.json", R"({"labels": ["rain", "rock|roll"]})"),
                    Contains("1.json: the label 'rock|roll' of a list holds a '|'"));
}

TEST_CASE("messages about labels stay one line, whatever the member is called", "[tar_shards]") {
  TarLabels labels("x.tar");
  CHECK_THROWS_WITH(labels.add_label("a\nb.cls", ""), Contains("x.tar/a?b.cls: is no label"));
  labels.add_label(std::string(300, 'n') + ".json", R"({"label": "dog"})");
}

TEST_CASE("sounds get the label of their example, whichever comes first", "[tar_shards]") {
  TarLabels labels("shards/s-0.tar");
  labels.add_label("1.cls", "dog");
  labels.add_sound("1.left.wav");
  labels.add_sound("2.wav");
  labels.add_label("2.txt", "a, b");
  labels.add_label("2.json", R"({"label": "a, b"})");
  labels.add_sound("3.wav");
  CHECK(labels.csv_lines() == "s-0.tar/1.left.wav,dog\ns-0.tar/2.wav,\"a, b\"\ns-0.tar/3.wav,\n");
  CHECK(labels.without_label() == 1);
  CHECK_THROWS_WITH(labels.add_label("1.txt", "cat"), Contains("s-0.tar/1.txt: says 'cat'") && Contains("'dog'"));
}

TEST_CASE("the labels of a tar train from the folder it is unpacked into, with the records of the tar",
          "[tar_shards]") {
  const testing::TempFolder folder;
  const auto sounds = testing::made_up_sounds(folder / "clips/s-0.tar", 4, 1);
  testing::Members members;
  for (std::size_t i = 0; i < sounds.size(); ++i) {
    members.push_back(sounds[i]);
    members.emplace_back("00000" + std::to_string(i) + ".cls", i < 2 ? "dog" : "cat");
  }
  write_file_atomically(folder / "s-0.tar", testing::tar_of(members));
  const auto list = extraction::listed_clips({(folder / "s-0.tar").string()});
  StreamedOptions with_labels;
  with_labels.labels = true;
  StreamedClips clips(list, with_labels);
  testing::FakeBackbone backbone;
  store::Store store(folder / "store");
  extraction::ClipResults results;
  extraction::extract(clips.source(), backbone, store, testing::quiet_options(), results);
  CHECK(clips.clips().size() == 4);
  write_file_atomically(folder / "clips/labels.csv", clips.labels_csv());

  dataset::DataOptions options;
  options.layout = dataset::Layout::csv;
  options.manifest = (folder / "clips/labels.csv").string();
  const auto data = dataset::load(options);
  CHECK(data.class_names == std::vector<std::string>{"cat", "dog"});
  REQUIRE(data.clips.size() == 4);
  std::vector<extraction::ClipFile> files;
  for (const auto& clip : data.clips) files.push_back({clip.id, clip.path});
  CHECK(extraction::extract(files, backbone, store, testing::quiet_options()).from_store == 4);

  SECTION("still in their tar, they are refused with what to do") {
    std::filesystem::remove_all(folder / "clips/s-0.tar");
    std::filesystem::copy_file(folder / "s-0.tar", folder / "clips/s-0.tar");
    CHECK_THROWS_WITH(dataset::load(options), Contains("is a file") && Contains("unpack"));
  }
}

TEST_CASE("an empty list of labels is none, and contradicts a label", "[tar_shards]") {
  TarLabels labels("s-0.tar");
  labels.add_sound("1.wav");
  labels.add_sound("2.wav");
  labels.add_label("1.json", R"({"labels": []})");
  CHECK(labels.without_label() == 2);
  CHECK(labels.csv_lines() == "s-0.tar/1.wav,\ns-0.tar/2.wav,\n");
  CHECK_THROWS_WITH(labels.add_label("1.cls", "dog"), Contains("says 'dog'"));

  const testing::TempFolder folder;
  auto members = testing::made_up_sounds(folder / "sounds", 1, 1);
  members.emplace_back("000000.json", R"({"labels": []})");
  write_file_atomically(folder / "a.tar", testing::tar_of(members));
  const auto list = extraction::listed_clips({(folder / "a.tar").string()});
  StreamedOptions with_labels;
  with_labels.labels = true;
  StreamedClips clips(list, with_labels);
  while (clips.source().next()) {
  }
  CHECK_THROWS_WITH(clips.labels_csv(), Contains("no sound in a tar has a label"));
}

TEST_CASE("labels of two tars of one name are refused before anything is read", "[tar_shards]") {
  const testing::TempFolder folder;
  for (const char* name : {"a/s.tar", "b/s.tar", "b/t.tar"}) {
    std::filesystem::create_directories((folder / name).parent_path());
    write_file_atomically(folder / name, "no tar yet");
  }
  const auto given = [&](const char* one, const char* other) {
    return extraction::listed_clips({(folder / one).string(), (folder / other).string()});
  };
  StreamedOptions with_labels;
  with_labels.labels = true;
  CHECK_THROWS_AS(StreamedClips(given("a/s.tar", "b/s.tar"), with_labels), UsageError);
  CHECK_THROWS_WITH(StreamedClips(given("a/s.tar", "b/s.tar"), with_labels),
                    Contains("a/s.tar and ") && Contains("both are a tar of the name s.tar"));
  CHECK_NOTHROW(StreamedClips(given("a/s.tar", "b/t.tar"), with_labels));
  CHECK_NOTHROW(StreamedClips(given("a/s.tar", "b/s.tar")));  // without labels
}

TEST_CASE("a tar without a label gives no list of labels", "[tar_shards]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "a.tar", testing::tar_of(testing::made_up_sounds(folder / "sounds", 1, 1)));
  const auto list = extraction::listed_clips({(folder / "a.tar").string()});
  StreamedOptions with_labels;
  with_labels.labels = true;
  StreamedClips clips(list, with_labels);
  while (clips.source().next()) {
  }
  CHECK_THROWS_WITH(clips.labels_csv(), Contains("no sound in a tar has a label"));
}
