// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "dataset/dataset.h"
#include "dataset/sample_data.h"
#include "dataset/small_manifest.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::dataset;
using Catch::Contains;
using testing::message_of;

namespace {

/// Recordings a.wav and b.wav of 20 s: a dog and a cat in each, a bird in the second.
struct Meadow {
  Meadow() {
    const std::vector<float> samples(20 * 8000, 0.1F);
    for (const char* name : {"a.wav", "b.wav"}) audio::write_wav(folder / name, samples, 8000);
    write_file_atomically(folder / "a.txt", "1\t2\tdog\n5\t6\tcat\n");
    write_file_atomically(folder / "b.txt", "2\t4\tcat\n8\t9\tdog\n10\t12\tbird\n");
    options.layout = Layout::annotations;
    options.root = folder.path().string();
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> list;
    for (const auto& clip : load(options).clips) list.push_back(clip.id + " " + std::to_string(clip.labels.at(0)));
    return list;
  }
  testing::TempFolder folder;
  DataOptions options;
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("each event of a recording is a clip, and its recording their source", "[dataset]") {
  const Meadow meadow;
  const Dataset data = load(meadow.options);
  CHECK(data.class_names == Ids{"bird", "cat", "dog"});
  REQUIRE(data.clips.size() == 5);
  CHECK(data.clips[0].id == "a.wav#t=1.000,2.000");
  CHECK(data.clips[0].path == meadow.folder / "a.wav");
  CHECK(data.clips[0].source == "a.wav");
  CHECK(data.clips[0].labels == std::vector<std::int64_t>{2});
  CHECK(data.clips[0].stretch.value().end_s == 2);
  CHECK(data.clips[4].source == "b.wav");
  CHECK_THAT(data.description, Contains("2 recordings of 0.7 min; 3 classes, 5 clips: bird 1, cat 2, dog 2"));
}

TEST_CASE("time without events is the class of other sounds, with labels that are not chosen", "[dataset]") {
  Meadow meadow;
  meadow.options.other_class = "other";
  const Dataset data = load(meadow.options);
  CHECK(data.class_names == Ids{"bird", "cat", "dog", "other"});
  CHECK(data.clips.size() == 10);  // as many as events
  CHECK_THAT(data.description, Contains("4 classes, 10 clips: bird 1, cat 2, dog 2, other 5"));
  meadow.options.classes = {"dog", "cat"};
  meadow.options.negatives_per_event = 0;
  CHECK(meadow.ids() == Ids{"a.wav#t=1.000,2.000 0", "a.wav#t=5.000,6.000 1", "b.wav#t=2.000,4.000 1",
                            "b.wav#t=8.000,9.000 0", "b.wav#t=10.000,12.000 2"});
  CHECK_THAT(load(meadow.options).description, Contains("2 of 3 classes chosen, 1 gathered as 'other', 5 clips"));
}

TEST_CASE("other sounds may be marked, too", "[dataset]") {
  Meadow meadow;
  meadow.options.other_class = "Bird";
  meadow.options.negatives_per_event = 0.2;
  const Dataset data = load(meadow.options);
  CHECK(data.class_names == Ids{"cat", "dog", "Bird"});
  CHECK_THAT(data.description, Contains("3 classes, 6 clips: cat 2, dog 2, Bird 2"));
}

TEST_CASE("labels that are not chosen take up time and are no clips", "[dataset]") {
  Meadow meadow;
  meadow.options.classes = {"dog"};
  CHECK(meadow.ids() == Ids{"a.wav#t=1.000,2.000 0", "b.wav#t=8.000,9.000 0"});
  meadow.options.classes = {"dogs"};
  CHECK_THAT(message_of<UsageError>([&] { load(meadow.options); }), Contains("did you mean 'dog'?"));
}

TEST_CASE("with several labels at once, time without events has none", "[dataset]") {
  Meadow meadow;
  meadow.options.multi_label = true;
  meadow.options.negatives_per_event = 0.4;
  write_file_atomically(meadow.folder / "a.txt", "1\t2\tdog\n1\t6\tcat\n");
  const Dataset data = load(meadow.options);
  CHECK(data.multi_label);
  CHECK(data.clips.size() == 7);
  CHECK(data.clips[0].labels == std::vector<std::int64_t>{1, 2});
  CHECK_THAT(data.description, Contains("without a label 2"));
}

TEST_CASE("a list gives annotated recordings folds and sources", "[dataset]") {
  Meadow meadow;
  meadow.options.manifest = (meadow.folder / "list.csv").string();
  write_file_atomically(meadow.folder / "list.csv",
                        "path,start_s,end_s,label,fold,source\na.wav,1,2,dog,1,hill\nb.wav,1,2,cat,2,hill\n");
  const Dataset data = load(meadow.options);
  CHECK(data.name == "list");
  CHECK(data.folds() == std::vector<int>{1, 2});
  CHECK(data.clips[1].source == "hill");
  meadow.options.root.clear();
  CHECK(load(meadow.options).clips.size() == 2);
  write_file_atomically(meadow.folder / "list.csv", "path,start_s,end_s,label,fold\na.wav,1,2,dog,1\nb.wav,1,2,cat,\n");
  CHECK_THAT(message_of<DataError>([&] { load(meadow.options); }),
             Contains("'b.wav' has no fold, and 'a.wav' has one"));
}

TEST_CASE("options that annotations do not have are refused", "[dataset]") {
  Meadow meadow;
  const auto refused = [&] { return message_of<UsageError>([&] { load(meadow.options); }); };
  meadow.options.columns.path = "x";
  CHECK_THAT(refused(), Contains("data.columns is for data.layout: csv"));
  meadow.options.columns = {};
  meadow.options.esc10 = true;
  CHECK_THAT(refused(), Contains("data.esc10 is for data.layout: esc50"));
  meadow.options.esc10 = false;
  meadow.options.multi_label = meadow.options.keep_unlabelled = true;
  CHECK_THAT(refused(), Contains("data.keep_unlabelled is for data.layout: csv"));
  meadow.options.multi_label = meadow.options.keep_unlabelled = false;
  meadow.options.other_class = "other";
  meadow.options.classes = {"other", "dog"};
  CHECK_THAT(refused(), Contains("class 'other' is not in"));
}

TEST_CASE("rows of a CSV may mean parts of a file", "[dataset]") {
  const Meadow meadow;
  DataOptions options;
  options.layout = Layout::csv;
  options.manifest = (meadow.folder / "clips.csv").string();
  const auto write = [&](const std::string& rows) {
    write_file_atomically(meadow.folder / "clips.csv", "path,label,start_s,end_s\n" + rows);
  };
  const auto refused = [&] { return message_of<DataError>([&] { load(options); }); };
  write("a.wav,dog,1,2.5\na.wav,cat,4,5\nb.wav,dog,,\n");
  const Dataset data = load(options);
  REQUIRE(data.clips.size() == 3);
  CHECK(data.clips[0].id == "a.wav#t=1.000,2.500");
  CHECK(data.clips[0].source == "a.wav");
  CHECK(data.clips[1].stretch.value().start_s == 4);
  CHECK(data.clips[2].id == "b.wav");
  CHECK_FALSE(data.clips[2].stretch.has_value());
  write("a.wav,dog,1,2.5\na.wav,cat,1,2.5\n");
  CHECK_THAT(refused(), Contains("row 3: 'a.wav#t=1.000,2.500' is already listed"));
  write("a.wav,dog,2,1\n");
  CHECK_THAT(refused(), Contains("row 2: from 2 to 1 s is no part of a file"));
  write("a.wav,dog,-1,1\n");
  CHECK_THAT(refused(), Contains("from -1 to 1 s is no part"));
  write("a.wav,dog,1,\n");
  CHECK_THAT(refused(), Contains("row 2, column 'end_s': '' is not a number"));
  write("a.wav,dog,1,nan\n");
  CHECK_THAT(refused(), Contains("'nan' is not a number"));
  write("a.wav,dog,1,21\n");
  CHECK_THAT(refused(), Contains("row 2: the part ends at 21.00 s, and 'a.wav' has 20.00 s"));
}
