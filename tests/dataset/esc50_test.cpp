// SPDX-License-Identifier: Apache-2.0
#include "dataset/logged.h"
#include "dataset/sample_data.h"
#include "splits/fold_split.h"
#include "splits/splits.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <map>

using namespace soundfold;
using namespace soundfold::dataset;
using namespace soundfold::splits;
using testing::message_of;
using testing::put_file;
namespace fs = std::filesystem;

namespace {

const std::string kHeader = "filename,fold,target,category,esc10,src_file,take\n";
const std::string kRows =
    "1-100-A-0.wav,1,0,dog,True,100,A\n"
    "1-200-A-5.flac,1,5,cat,False,200,A\n"
    "2-300-A-0.ogg,2,0,dog,True,300,A\n"
    "2-300-B-1.wav,2,1,rooster,True,300,B\n";

/// A small ESC-50 with the rows above, and a way to ask for it.
struct SmallEsc50 {
  testing::TempFolder folder;
  DataOptions options;

  explicit SmallEsc50(const std::string& rows = kRows) {
    options.root = folder.path();
    write_rows(rows);
    for (const char* name : {"1-100-A-0.wav", "1-200-A-5.flac", "2-300-A-0.ogg", "2-300-B-1.wav"}) {
      put_file(folder.path() / "audio" / name);
    }
  }
  void write_rows(const std::string& rows) const { put_file(folder.path() / "meta" / "esc50.csv", kHeader + rows); }
  template <typename Error>
  std::string failure() const {
    return message_of<Error>([this] { load(options); });
  }
};

}  // namespace

TEST_CASE("ESC-50's layout is read in the CSV's order with targets by number", "[dataset]") {
  const SmallEsc50 esc50;
  const Dataset data = load(esc50.options);
  CHECK(data.name == "ESC-50");
  CHECK(data.class_names == std::vector<std::string>{"dog", "rooster", "cat"});
  CHECK(data.folds() == std::vector<int>{1, 2});
  CHECK(data.folds_are_published);
  CHECK_FALSE(data.multi_label);
  REQUIRE(data.clips.size() == 4);
  CHECK(data.clips[1].id == "audio/1-200-A-5.flac");
  CHECK(data.clips[1].path == esc50.folder.path() / "audio" / "1-200-A-5.flac");
  CHECK(data.clips[1].labels == std::vector<std::int64_t>{2});
  CHECK(data.clips[3].fold == 2);
  CHECK(data.clips[3].source == "300");
  CHECK(data.description == "ESC-50, 4 of 2,000 clips available; 3 classes, 4 clips: dog 2, rooster 1, cat 1");
}

TEST_CASE("synthesised sounds in ESC-50's layout are not called ESC-50", "[dataset]") {
  SmallEsc50 esc50;
  write_file_atomically(esc50.folder / "meta/synthesis.txt", "made");
  CHECK(load(esc50.options).description == "synthesised sounds, 4 clips; 3 classes, 4 clips: dog 2, rooster 1, cat 1");
}

TEST_CASE("chosen classes are numbered in the order given", "[dataset]") {
  SmallEsc50 esc50;
  esc50.options.classes = {"cat", "dog"};
  const Dataset data = load(esc50.options);
  CHECK(data.class_names == esc50.options.classes);
  REQUIRE(data.clips.size() == 3);
  CHECK(data.clips[0].labels.front() == 1);
  CHECK(data.clips[1].labels.front() == 0);
  CHECK(data.description == "ESC-50, 4 of 2,000 clips available; 2 of 3 classes chosen, 3 clips: cat 1, dog 2");
}

TEST_CASE("ESC-10 alone, with classes of it, and with a class outside it", "[dataset]") {
  SmallEsc50 esc50;
  esc50.options.esc10 = true;
  CHECK(load(esc50.options).class_names == std::vector<std::string>{"dog", "rooster"});
  esc50.options.classes = {"rooster"};
  CHECK(load(esc50.options).clips.size() == 1);
  esc50.options.classes = {"dog", "cat"};
  CHECK(esc50.failure<UsageError>() ==
        "data.classes: class 'cat' is not in ESC-10 (dog, rooster), and data.esc10 is on; drop one of the two");
  esc50.options.classes.clear();
  esc50.write_rows("1-200-A-5.flac,1,5,cat,False,200,A\n");
  CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("no clip is marked as ESC-10's"));
}

TEST_CASE("a class that is not there is answered with the nearest name", "[dataset]") {
  SmallEsc50 esc50;
  esc50.options.classes = {"dgo"};
  CHECK(esc50.failure<UsageError>() ==
        "data.classes: class 'dgo' is not in ESC-50; did you mean 'dog'? Its 3 classes are: dog, rooster, cat");
  esc50.options.classes = {"submarine"};
  CHECK(esc50.failure<UsageError>() ==
        "data.classes: class 'submarine' is not in ESC-50; its 3 classes are: dog, rooster, cat");
  esc50.options.classes = {"dog", "cat", "dog"};
  CHECK_THAT(esc50.failure<UsageError>(), Catch::Contains("class 'dog' is given twice"));
  esc50.options.classes = {"dog", ""};
  CHECK_THAT(esc50.failure<UsageError>(), Catch::Contains("a class name is empty"));
}

TEST_CASE("missing files are named by the first and the total", "[dataset]") {
  const SmallEsc50 esc50;
  const fs::path audio = esc50.folder.path() / "audio";
  fs::remove(audio / "1-200-A-5.flac");
  CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("esc50.csv, row 3: ") && Catch::Contains("1-200-A-5.flac") &&
                                             Catch::Contains("does not exist") && !Catch::Contains("missing:"));
  fs::remove(audio / "2-300-A-0.ogg");
  CHECK_THAT(esc50.failure<DataError>(),
             Catch::Contains("row 3: ") && Catch::Contains("(missing: 2 of 4 listed files)"));
}

TEST_CASE("a file under another extension is pointed out, not taken", "[dataset]") {
  const SmallEsc50 esc50;
  const fs::path audio = esc50.folder.path() / "audio";
  fs::rename(audio / "1-100-A-0.wav", audio / "1-100-A-0.flac");
  CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("'1-100-A-0.flac' is beside it"));
}

TEST_CASE("names that disagree with their columns are refused", "[dataset]") {
  const std::vector<std::string> bad_rows = {"2-100-A-0.wav,1,0,dog,True,100,A\n", "1-101-A-0.wav,1,0,dog,True,100,A\n",
                                             "1-100-B-0.wav,1,0,dog,True,100,A\n", "1-100-A-1.wav,1,0,dog,True,100,A\n",
                                             "1-100-A-0,1,0,dog,True,100,A\n",     "1-100-A-0.,1,0,dog,True,100,A\n",
                                             "x1-100-A-0.wav,1,0,dog,True,100,A\n"};
  for (const auto& row : bad_rows) {
    CAPTURE(row);
    const SmallEsc50 esc50(row);
    CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("esc50.csv, row 2: the file name") &&
                                               Catch::Contains("which make '1-100-A-0.*' (fold-src_file-take-target)"));
  }
}

TEST_CASE("a name cannot lead out of the audio folder", "[dataset]") {
  const SmallEsc50 up("1-100-A-0./../../x,1,0,dog,True,100,A\n");
  CHECK_THAT(up.failure<DataError>(), Catch::Contains("row 2: the file name") && Catch::Contains("holds '/'"));
  const SmallEsc50 absolute("/1-100-A-0.wav,1,0,dog,True,100,A\n");
  CHECK_THAT(absolute.failure<DataError>(), Catch::Contains("holds '/'"));
  const SmallEsc50 by_source("1-../../x-A-0.wav,1,0,dog,True,../../x,A\n");
  CHECK_THAT(by_source.failure<DataError>(), Catch::Contains("holds '/'"));
}

TEST_CASE("contradictions inside ESC-50's CSV are named by row", "[dataset]") {
  const std::string first = "1-100-A-0.wav,1,0,dog,True,100,A\n";
  const auto failure = [&first](const std::string& row) { return SmallEsc50(first + row).failure<DataError>(); };
  CHECK_THAT(failure("2-300-A-0.ogg,2,0,cat,True,300,A\n"),
             Catch::Contains("row 3: target 0 is 'cat' here but 'dog' at") && Catch::Contains("row 2"));
  CHECK_THAT(failure("2-300-B-1.wav,2,1,dog,True,300,B\n"), Catch::Contains("class 'dog' has the targets 0 and 1"));
  CHECK_THAT(failure("2-300-A-0.ogg,2,0,dog,False,300,A\n"), Catch::Contains("class 'dog' is not in ESC-10 here"));
  CHECK_THAT(failure("2-300-A-0.ogg,2,0,dog,maybe,300,A\n"), Catch::Contains("'maybe' is neither True nor False"));
  CHECK_THAT(failure("6-300-A-0.ogg,6,0,dog,True,300,A\n"), Catch::Contains("6 is not one of ESC-50's folds 1-5"));
  CHECK_THAT(failure("two-300-A-0.ogg,two,0,dog,True,300,A\n"), Catch::Contains("'two' is not a whole number"));
  CHECK_THAT(failure("2-300-A--1.ogg,2,-1,dog,True,300,A\n"), Catch::Contains("column 'target'"));
  CHECK_THAT(failure("2-300-A-2.ogg,2,2,,True,300,A\n"), Catch::Contains("row 3: the category is empty"));
  CHECK_THAT(failure(first),
             Catch::Contains("row 3: the file 'audio/1-100-A-0.wav' is already listed at") && Catch::Contains("row 2"));
}

TEST_CASE("an empty, headless or truncated CSV is refused", "[dataset]") {
  const SmallEsc50 esc50("");
  CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("lists no clip"));
  put_file(esc50.folder / "meta/esc50.csv", "");
  CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("esc50.csv: empty"));
  put_file(esc50.folder / "meta/esc50.csv", "filename,fold,target\n1-100-A-0.wav,1,0\n");
  CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("no column '"));
  put_file(esc50.folder / "meta/esc50.csv", kHeader + "1-100-A-0.wav,1,0,do");
  CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("4 fields, the header has 7"));
}

TEST_CASE("a wrong root is answered with the right one when it is near", "[dataset]") {
  const SmallEsc50 esc50;
  DataOptions options;
  options.root = esc50.folder / "audio";
  CHECK_THAT(message_of<DataError>([&] { load(options); }), Catch::Contains("holds no meta/esc50.csv, but"));
  options.root = esc50.folder / "nowhere";
  CHECK_THAT(message_of<DataError>([&] { load(options); }), Catch::Contains("nowhere' does not exist"));
  options.root = esc50.folder / "meta/esc50.csv";
  CHECK_THAT(message_of<DataError>([&] { load(options); }), Catch::Contains("is not a folder"));
  const testing::TempFolder empty;
  options.root = empty.path();
  CHECK_THAT(message_of<DataError>([&] { load(options); }), Catch::Contains("or fetch ESC-50"));
  options.root = "";
  CHECK_THAT(message_of<UsageError>([&] { load(options); }), Catch::Contains("data.root is not given"));
}

TEST_CASE("links are followed inside the root and refused when they lead out", "[dataset]") {
  const SmallEsc50 esc50;
  const testing::TempFolder elsewhere;
  const fs::path audio = esc50.folder / "audio";
  put_file(elsewhere / "dog.wav");
  fs::rename(audio / "1-100-A-0.wav", esc50.folder / "kept.wav");
  fs::create_symlink("../kept.wav", audio / "1-100-A-0.wav");
  CHECK(load(esc50.options).clips.size() == 4);

  fs::remove(audio / "1-100-A-0.wav");
  fs::create_symlink(elsewhere / "dog.wav", audio / "1-100-A-0.wav");
  CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("row 2") && Catch::Contains("leads out of the root"));

  fs::remove(audio / "1-100-A-0.wav");
  fs::create_symlink("2-300-A-0.ogg", audio / "1-100-A-0.wav");
  CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("is already listed at"));

  fs::remove(audio / "1-100-A-0.wav");
  fs::create_symlink("gone.wav", audio / "1-100-A-0.wav");
  CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("does not exist"));

  fs::remove(audio / "1-100-A-0.wav");
  fs::create_directory(audio / "1-100-A-0.wav");
  CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("is not a regular file"));
}

TEST_CASE("a folder that is a link out of the root is refused, a root that is a link is fine", "[dataset]") {
  const SmallEsc50 esc50;
  const testing::TempFolder elsewhere;
  fs::create_directory_symlink(esc50.folder.path(), elsewhere / "esc50");
  DataOptions options;
  options.root = elsewhere / "esc50";
  CHECK(load(options).clips.size() == 4);

  fs::rename(esc50.folder / "audio", elsewhere / "audio");
  fs::create_directory_symlink(elsewhere / "audio", esc50.folder / "audio");
  CHECK_THAT(esc50.failure<DataError>(), Catch::Contains("'audio' is or goes through a link that leads out"));
}

TEST_CASE("options of one layout are refused in another", "[dataset]") {
  SmallEsc50 esc50;
  esc50.options.multi_label = true;
  CHECK_THAT(esc50.failure<UsageError>(), Catch::Contains("data.multi_label is for data.layout: csv; given: esc50"));
  esc50.options.multi_label = false;
  esc50.options.manifest = "a.csv";
  CHECK_THAT(esc50.failure<UsageError>(), Catch::Contains("data.manifest is for data.layout: csv; given: esc50"));
  esc50.options.manifest.clear();
  esc50.options.layout = Layout::folders;
  CHECK_THAT(esc50.failure<UsageError>(), Catch::Contains("set data.layout to esc50"));
  esc50.options.esc10 = true;
  CHECK_THAT(esc50.failure<UsageError>(), Catch::Contains("data.esc10 is for data.layout: esc50; given: folders"));
}

TEST_CASE("the four published sources in two folds are kept, with a warning that names them", "[dataset]") {
  const std::vector<std::string> names = {
      "2-131943-A-38.wav", "3-131943-B-37.wav", "2-134049-A-6.wav", "3-134049-B-1.wav",  "4-209698-A-37.wav",
      "5-209698-B-38.wav", "4-234879-A-6.wav",  "5-234879-B-1.wav", "2-100000-A-37.wav", "3-100001-A-38.wav"};
  const std::map<std::string, std::string> categories = {
      {"38", "clock_tick"}, {"37", "clock_alarm"}, {"6", "hen"}, {"1", "rooster"}};
  std::string rows;
  SmallEsc50 esc50;
  for (const auto& name : names) {
    const std::string target = name.substr(11, name.size() - 15);
    rows += name + "," + name[0] + "," + target + "," + categories.at(target) + ",False," + name.substr(2, 6) + "," +
            name[9] + "\n";
    put_file(esc50.folder / "audio" / name);
  }
  esc50.write_rows(rows);
  const Dataset data = load(esc50.options);
  Splits splits;
  const std::string log = testing::logged([&] { splits = split_by_fold(data, {{2, 5}, {}, {3, 4}}); });
  CHECK_THAT(log, Catch::Contains("[warning] ESC-50: 4 source recordings in several splits") &&
                      Catch::Contains("131943, 134049, 209698, 234879"));
  CHECK_THAT(splits.description, Catch::Contains("4 sources in several splits, as published"));
}
