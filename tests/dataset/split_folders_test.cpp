// SPDX-License-Identifier: Apache-2.0
#include "dataset/internal/split_folders.h"

#include "dataset/sample_data.h"
#include "splits/given_split.h"
#include "splits/split_checks.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::dataset;
using namespace soundfold::splits;
using Catch::Contains;
using testing::message_of;
using testing::put_file;

namespace {

struct Place {
  testing::TempFolder folder;
  DataOptions options;

  explicit Place(const std::vector<std::string>& files) {
    options.layout = Layout::folders;
    options.root = folder.path();
    for (const auto& name : files) put_file(folder / name);
  }
  std::string failure() const {
    return message_of<DataError>([this] { load(options); });
  }
};

/// root/<split>/<class>/<n>.wav
std::vector<std::string> tree(const std::vector<std::string>& splits, int clips = 2) {
  std::vector<std::string> files;
  for (const auto& split : splits) {
    for (const char* name : {"cat", "dog"}) {
      for (int i = 0; i < clips; ++i) files.push_back(split + "/" + name + "/" + std::to_string(i) + ".wav");
    }
  }
  return files;
}

}  // namespace

TEST_CASE("names of splits are recognised in any case", "[dataset]") {
  for (const char* name : {"train", "Training", "TRAIN"}) CHECK(split_named(name) == Split::train);
  for (const char* name : {"val", "valid", "Validation", "dev"}) CHECK(split_named(name) == Split::validation);
  for (const char* name : {"test", "Testing", "eval", "evaluation"}) CHECK(split_named(name) == Split::test);
  for (const char* name : {"", "trains", "tests", "dog"}) CHECK_FALSE(split_named(name));
}

TEST_CASE("split folders are splits, with the classes in them", "[dataset]") {
  const Place place(tree({"Train", "val", "test"}));
  const Dataset data = load(place.options);
  CHECK(data.class_names == std::vector<std::string>{"cat", "dog"});
  CHECK(data.gives_splits());
  CHECK(data.folds().empty());
  REQUIRE(data.clips.size() == 12);
  CHECK(data.clips[0].id == "Train/cat/0.wav");
  CHECK(data.description == data.name + ", split by its own folders, 2 classes, 12 clips: cat 6, dog 6");
  const Splits splits = split_as_given(data, 0.2, 1);
  CHECK(splits.train == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(splits.test == std::vector<std::size_t>{4, 5, 6, 7});
  CHECK(splits.validation == std::vector<std::size_t>{8, 9, 10, 11});
  CHECK(splits.description == "as the data give them: train 4 clips, validation 4 clips, test 4 clips");
}

TEST_CASE("validation that the data do not give is drawn from training, test never is", "[dataset]") {
  const Dataset data = load(Place(tree({"train", "test"}, 5)).options);
  const Splits splits = split_as_given(data, 0.2, 7);
  CHECK(splits.train.size() == 8);
  CHECK(clips_per_class(data, splits.validation) == std::vector<std::size_t>{1, 1});
  CHECK(splits.test.size() == 10);
  for (const auto clip : splits.validation) CHECK(data.clips[clip].split == Split::train);
  CHECK_THAT(splits.description, Contains("validation 2 clips (drawn from those for training with seed 7)"));
  CHECK(split_as_given(data, 0, 7).train.size() == 10);
  CHECK(split_as_given(data, 0, 7).validation.empty());
  CHECK(split_as_given(load(Place(tree({"train", "val"})).options), 0.2, 7).test.empty());
}

TEST_CASE("a class that a given split lacks is named", "[dataset]") {
  auto files = tree({"train"});
  files.insert(files.end(), {"test/dog/1.wav"});
  const Dataset data = load(Place(files).options);
  CHECK_THAT(message_of<DataError>([&] { split_as_given(data, 0, 1); }),
             Contains("class 'cat' has no clip in the test split"));
}

TEST_CASE("folders that look like splits but cannot be used as such are refused", "[dataset]") {
  CHECK_THAT(Place(tree({"train"})).failure(),
             Contains("holds 'train', which looks like a split, alone") && Contains("add a folder 'test', or give"));
  CHECK_THAT(Place(tree({"val", "test"})).failure(), Contains("'test', 'val', which look like splits, but none for "
                                                              "training"));
  CHECK_THAT(Place(tree({"train", "training", "test"})).failure(),
             Contains("'train' and 'training' are both for train"));
  auto mixed = tree({"train", "test"});
  mixed.emplace_back("bird/a.wav");
  CHECK_THAT(Place(mixed).failure(), Contains("beside 'bird'"));
  CHECK_THAT(Place({"train/a.wav", "test/a.wav"}).failure(), Contains("'test' holds no class folders"));
  CHECK_THAT(Place({"train/a.wav", "test/a.wav", "bird/b.wav"}).failure(), Contains("beside 'bird'"));
  CHECK_THAT(Place({"train/cat/a.wav", "train/dog/a.wav", "bird/b.wav"}).failure(), Contains("beside 'bird'"));
}

TEST_CASE("a class may have the name of a split", "[dataset]") {
  const Place trains({"airplane/a.wav", "train/b.wav", "helicopter/c.wav"});
  CHECK(load(trains.options).class_names == std::vector<std::string>{"airplane", "helicopter", "train"});
  Place deep({"airplane/a.wav", "train/steam/b.wav"});
  CHECK_THAT(deep.failure(), Contains("name the classes in data.classes"));
  deep.options.classes = {"airplane", "train"};
  const Dataset data = load(deep.options);
  CHECK(data.clips.size() == 2);
  CHECK_FALSE(data.gives_splits());
}
