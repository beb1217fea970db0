// SPDX-License-Identifier: Apache-2.0
#include "dataset/internal/classes.h"

#include "dataset/logged.h"
#include "dataset/small_manifest.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::dataset;
using Catch::Contains;
using testing::logged;
using testing::put_file;
using testing::SmallManifest;

namespace {

const std::string kComposed = "caf\xc3\xa9";
const std::string kDecomposed = "cafe\xcc\x81";

struct PetFolders {
  testing::TempFolder folder;
  DataOptions options;

  explicit PetFolders(const std::vector<std::string>& files) {
    options.layout = Layout::folders;
    options.root = folder.path();
    for (const auto& name : files) put_file(folder / name);
  }
};

}  // namespace

TEST_CASE("class names that differ only in white space or Unicode form are one class", "[dataset]") {
  SmallManifest manifest("path,label\na.wav,\"cat \"\nb.wav,cat\ndeep/c.wav,dog\n");
  Dataset data;
  CHECK_THAT(logged([&] { data = manifest.load(); }),
             Contains("[warning]") && Contains("row 2 and") && Contains("row 3: class 'cat' is written in two ways"));
  CHECK(data.class_names == std::vector<std::string>{"cat", "dog"});
  CHECK(data.clips[0].labels == data.clips[1].labels);

  const PetFolders folders({kComposed + "/a.wav", kDecomposed + "/b.wav", "dog/a.wav"});
  data = load(folders.options);
  CHECK(data.class_names == std::vector<std::string>{kComposed, "dog"});
  CHECK(data.clips.size() == 3);
  CHECK(data.clips[0].labels == data.clips[1].labels);
}

TEST_CASE("class names that differ in case are refused with both spellings", "[dataset]") {
  CHECK_THAT(SmallManifest("path,label\na.wav,Dog\nb.wav,dog\n").failure(),
             Contains("row 3: the class names 'Dog' (") && Contains("row 2) and 'dog' differ only in case"));
  const PetFolders folders({"Dog/a.wav", "dog/b.wav", "cat/a.wav"});
  CHECK_THAT(testing::message_of<DataError>([&] { load(folders.options); }),
             Contains("'Dog' (folder 'Dog') and 'dog' differ only in case"));
  SmallManifest several("path,label\na.wav,Dog|dog\n");
  several.options.multi_label = true;
  CHECK_THAT(several.failure(), Contains("differ only in case"));
  SmallManifest columns("path,dog,Dog\na.wav,1,0\n");
  CHECK_THAT(columns.failure(), Contains("differ only in case"));
  SmallManifest twice("path,label\na.wav,cat | cat\n");
  twice.options.multi_label = true;
  CHECK_THAT(twice.failure(), Contains("the label 'cat' appears twice"));
}

TEST_CASE("chosen names find their class in another spelling, and it is logged", "[dataset]") {
  PetFolders folders({kDecomposed + "/a.wav", "Car Horn/b.wav", "dog/c.wav"});
  folders.options.classes = {"car  horn", kComposed};
  Dataset data;
  CHECK_THAT(logged([&] { data = load(folders.options); }),
             Contains("data.classes: 'car  horn' is taken as 'Car Horn'"));
  CHECK(data.class_names == std::vector<std::string>{"Car Horn", kComposed});
  CHECK(data.clips.size() == 2);
  folders.options.classes = {"dog", "DOG"};
  CHECK_THAT(testing::message_of<UsageError>([&] { load(folders.options); }), Contains("class 'dog' is given twice"));
}

TEST_CASE("one more class gathers the clips of all classes not chosen", "[dataset]") {
  PetFolders folders({"cat/a.wav", "dog/b.wav", "dog/c.wav", "rain/d.wav", "wind/e.wav"});
  folders.options.classes = {"dog", "cat"};
  folders.options.other_class = "other";
  const Dataset data = load(folders.options);
  CHECK(data.class_names == std::vector<std::string>{"dog", "cat", "other"});
  REQUIRE(data.clips.size() == 5);
  CHECK(data.clips[0].labels == std::vector<std::int64_t>{1});
  CHECK(data.clips[3].labels == std::vector<std::int64_t>{2});
  CHECK(data.clips[4].labels == std::vector<std::int64_t>{2});
  CHECK(data.description ==
        data.name + ", 2 of 4 classes chosen, 2 gathered as 'other', 5 clips: dog 2, cat 1, other 2");

  SmallManifest manifest("path,label\na.wav,dog\nb.wav,other\ndeep/c.wav,rain\n");
  manifest.options.classes = {"dog"};
  manifest.options.other_class = "other";
  CHECK(manifest.load().clips[1].labels == std::vector<std::int64_t>{1});
  CHECK(manifest.load().clips[2].labels == std::vector<std::int64_t>{1});
}

TEST_CASE("the class of all others needs classes to choose and to leave", "[dataset]") {
  PetFolders folders({"cat/a.wav", "dog/b.wav"});
  folders.options.other_class = "Dog";
  const auto failure = [&] { return testing::message_of<UsageError>([&] { load(folders.options); }); };
  CHECK_THAT(failure(), Contains("gathers the classes that are not chosen"));
  folders.options.classes = {"dog"};
  CHECK_THAT(failure(), Contains("'Dog' is in data.classes too"));
  folders.options.other_class = "other";
  CHECK_NOTHROW(load(folders.options));
  folders.options.classes = {"dog", "cat"};
  CHECK_THAT(failure(), Contains("has nothing to gather"));
  SmallManifest manifest("path,label\na.wav,dog\nb.wav,cat\n");
  manifest.options.classes = {"dog"};
  manifest.options.other_class = "other";
  manifest.options.multi_label = true;
  CHECK_THAT(manifest.failure<UsageError>(), Contains("data.keep_unlabelled"));
}

TEST_CASE("classes are counted by name; many as a range", "[dataset]") {
  auto data = testing::sample_dataset(2, {{{0}, 0, "p"}, {{1}, 0, "q"}, {{1}, 0, "r"}});
  CHECK(class_counts_text(data) == "a 1, b 2");
  CHECK(class_counts_text(data, 1) == "1 to 2 each");
  data.multi_label = true;
  data.clips[0].labels.clear();
  CHECK(class_counts_text(data) == "a 0, b 2, without a label 1");
  const auto equal = testing::sample_dataset(2, {{{0}, 0, "p"}, {{1}, 0, "q"}});
  CHECK(class_counts_text(equal, 0) == "1 each");
}
