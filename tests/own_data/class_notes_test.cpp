// SPDX-License-Identifier: Apache-2.0
#include "own_data/internal/class_notes.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;

namespace {

/// `counts` clips of each class, in a folder of its name.
dataset::Dataset data_of(const std::vector<std::string>& classes, const std::vector<int>& counts) {
  dataset::Dataset data;
  data.class_names = classes;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    for (int i = 0; i < counts[k]; ++i) {
      const auto id = classes[k] + "/" + std::to_string(i) + ".wav";
      data.clips.push_back({id, id, {static_cast<std::int64_t>(k)}, 0, id});
    }
  }
  return data;
}

}  // namespace

TEST_CASE("classes with different names and like sizes give no note", "[own_data]") {
  CHECK(own_data::class_notes(data_of({"cat", "car", "dog", "siren", "stop", "go"}, {3, 4, 5, 6, 7, 8})).empty());
}

TEST_CASE("two classes of nearly the same name are named", "[own_data]") {
  const auto plural = own_data::class_notes(data_of({"dog", "Dogs", "cat"}, {4, 4, 4}));
  REQUIRE(plural.size() == 1);
  CHECK_THAT(plural[0], Contains("'dog' and 'Dogs'"));
  const auto typo = own_data::class_notes(data_of({"rooster", "roster", "cat"}, {4, 4, 4}));
  REQUIRE(typo.size() == 1);
  CHECK_THAT(typo[0], Contains("'rooster' and 'roster'"));
}

TEST_CASE("classes and folders that are called as splits are named", "[own_data]") {
  const auto class_note = own_data::class_notes(data_of({"dog", "cat", "test"}, {4, 4, 4}));
  REQUIRE(class_note.size() == 1);
  CHECK_THAT(class_note[0], Contains("the class 'test' has the name of a split"));

  auto data = data_of({"dog", "cat"}, {4, 4});
  data.clips[2].id = "dog/Train/a.wav";
  data.clips[5].id = "cat/2019/val/a.wav";
  const auto folder_note = own_data::class_notes(data);
  REQUIRE(folder_note.size() == 1);
  CHECK_THAT(folder_note[0], Contains("2 clips in folders named as splits") && Contains("'dog/Train/a.wav'"));
  for (auto& clip : data.clips) clip.split = dataset::Split::train;
  CHECK(own_data::class_notes(data).empty());  // the data are split by folders above the classes
}

TEST_CASE("classes of very different sizes are told with their numbers", "[own_data]") {
  CHECK(own_data::class_notes(data_of({"dog", "cat"}, {4, 39})).empty());
  const auto notes = own_data::class_notes(data_of({"dog", "cat"}, {4, 40}));
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Contains("from dog 4 to cat 40 clips"));
}
