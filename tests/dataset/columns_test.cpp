// SPDX-License-Identifier: Apache-2.0
#include "dataset/logged.h"
#include "dataset/small_manifest.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::dataset;
using Catch::Contains;
using testing::logged;
using testing::SmallManifest;

TEST_CASE("the usual names of the columns are found in any case", "[dataset]") {
  for (const char* path : {"path", "filename", "file", "FilePath"}) {
    for (const char* label : {"label", "labels", "Category", "class", "target"}) {
      CAPTURE(path, label);
      const SmallManifest manifest(std::string(label) + ";Fold;" + path + "\ndog;2;a.wav\ncat;1;b.wav\n");
      const Dataset data = manifest.load();
      CHECK(data.class_names == std::vector<std::string>{"cat", "dog"});
      CHECK(data.clips[0].id == "a.wav");
      CHECK(data.clips[0].fold == 2);
    }
  }
}

TEST_CASE("path and label come before other names; several others are ambiguous", "[dataset]") {
  CHECK(SmallManifest("path,file,class,label\na.wav,x,y,dog\n").load().class_names == std::vector<std::string>{"dog"});
  CHECK_THAT(SmallManifest("path,target,category\na.wav,0,dog\n").failure(),
             Contains("clips.csv: category, target could each be the column meant; say which with data.columns.label"));
  CHECK_THAT(SmallManifest("file,filename,label\na.wav,a.wav,dog\n").failure(), Contains("data.columns.path"));
  CHECK_THAT(SmallManifest("Path,path,label\na.wav,a.wav,dog\n").failure(), Contains("Path, path could each be"));
}

TEST_CASE("columns can be named", "[dataset]") {
  SmallManifest manifest("slice,species,part,walk\na.wav,dog,1,w1\nb.wav,cat,2,w1\n");
  manifest.options.columns = {"slice", "Species", "part", "walk"};
  const Dataset data = manifest.load();
  CHECK(data.class_names == std::vector<std::string>{"cat", "dog"});
  CHECK(data.folds() == std::vector<int>{1, 2});
  CHECK(data.clips[1].source == "w1");
  manifest.options.columns.label = "specie";
  CHECK_THAT(
      manifest.failure<UsageError>(),
      Contains("data.columns.label: ") &&
          Contains("has no column 'specie'; did you mean 'species'?; its columns are: slice, species, part, walk"));
  manifest.options.columns.label = "part";
  CHECK_THAT(manifest.failure<UsageError>(),
             Contains("the column 'part' of") && Contains("is assigned to two settings"));
  manifest.options.columns = {};
  CHECK_THAT(
      manifest.failure(),
      Contains("no column for the sound file (looked for path, filename, file, filepath), and none for the label, nor "
               "several of 0 and 1 for one class each (looked for label, labels, category, class, target); its columns "
               "are: slice, species, part, walk; name them with data.columns.path and data.columns.label"));
}

TEST_CASE("columns that are not in the CSV are named together", "[dataset]") {
  SmallManifest manifest("path,label\na.wav,dog\nb.wav,cat\n");
  manifest.options.columns = {"", "labell", "part", ""};
  CHECK_THAT(manifest.failure<UsageError>(),
             Contains("data.columns.label: ") && Contains("has no column 'labell'; did you mean 'label'?; ") &&
                 Contains("data.columns.fold: ") && Contains("has no column 'part'; its columns are: path, label"));
  CHECK_THAT(SmallManifest("label,length\ndog,1\n").failure(),
             Contains("no column for the sound file") && Contains("name it with data.columns.path"));
}

TEST_CASE("data.columns is for CSVs", "[dataset]") {
  const testing::TempFolder folder;
  testing::put_file(folder / "dog/a.wav");
  DataOptions options;
  options.layout = Layout::folders;
  options.root = folder.path();
  options.columns.fold = "fold";
  CHECK_THAT(testing::message_of<UsageError>([&] { load(options); }), Contains("data.columns"));
}

TEST_CASE("columns that are not used are named in one line", "[dataset]") {
  const SmallManifest manifest("path,license,label,recordist\na.wav,CC0,dog,me\nb.wav,CC0,cat,me\n");
  const std::string log = logged([&] { manifest.load(); });
  CHECK_THAT(log, Contains("clips.csv: columns not used: license, recordist\n"));
  CHECK(logged([&] { SmallManifest("path,label\na.wav,dog\n").load(); }).empty());
}

TEST_CASE("columns that would change what a row means are refused, not dropped", "[dataset]") {
  for (const char* column : {"start", "end", "Onset", "offset", "begin", "start_time", "end_time", "start_s", "End (s)",
                             "Begin Time (s)", "stop"}) {
    CAPTURE(column);
    CHECK_THAT(SmallManifest(std::string("path,label,") + column + "\na.wav,dog,0\n").failure(),
               Contains(std::string("the column '") + column + "' says which part of a file is meant") &&
                   Contains("call the columns start_s and end_s"));
  }
  for (const char* column : {"split", "Split", "subset"}) {
    CAPTURE(column);
    CHECK_THAT(SmallManifest(std::string("path,label,") + column + "\na.wav,dog,train\n").failure(),
               Contains("says which split a clip is in") && Contains("write a column 'fold'"));
  }
  CHECK_NOTHROW(SmallManifest("path,label,starting_point\na.wav,dog,0\n").load());
  SmallManifest named("path,split\na.wav,dog\nb.wav,cat\n");
  named.options.columns.label = "split";
  CHECK(named.load().class_names == std::vector<std::string>{"cat", "dog"});
}

TEST_CASE("columns of 0 and 1 are labels where there is no label column", "[dataset]") {
  SmallManifest manifest("path,dog,rain,note,fold\na.wav,1,0,x,1\nb.wav,0,1,y,1\ndeep/c.wav,1,0,z,1\n");
  Dataset data;
  CHECK_THAT(logged([&] { data = manifest.load(); }),
             Contains("labels from the columns of 0 and 1: dog, rain\n") && Contains("columns not used: note\n"));
  CHECK(data.class_names == std::vector<std::string>{"dog", "rain"});
  CHECK(data.clips[1].labels == std::vector<std::int64_t>{1});
  CHECK(data.clips[2].labels == std::vector<std::int64_t>{0});

  SmallManifest several("path,dog,rain\na.wav,1,1\nb.wav,0,0\n");
  CHECK_THAT(several.failure(), Contains("row 2: 2 of the columns dog, rain is 1; set data.multi_label to true"));
  several.options.multi_label = true;
  data = several.load();
  CHECK(data.clips[0].labels == std::vector<std::int64_t>{0, 1});
  CHECK(data.clips[1].labels.empty());

  SmallManifest single("path,dog\na.wav,1\nb.wav,0\n");
  CHECK_THAT(single.failure(), Contains("no column for the label, nor several of 0 and 1 for one class each"));
  single.options.multi_label = true;
  CHECK(single.load().class_names == std::vector<std::string>{"dog"});
  CHECK_THAT(SmallManifest("path,dog,rain\na.wav,1,0.5\n").failure(), Contains("no column for the label"));
}

TEST_CASE("a CSV as a spreadsheet saves it: UTF-16, semicolons, usual names", "[dataset]") {
  std::string csv = "\xff\xfe";
  for (const char letter : std::string("Filename;Category\r\na.wav;dog\r\nb.wav;cat\r\n")) csv += {letter, '\0'};
  CHECK(SmallManifest(csv).load().class_names == std::vector<std::string>{"cat", "dog"});
}

TEST_CASE("names in another encoding are refused with the row", "[dataset]") {
  const std::string advice = "iconv -f LATIN1 -t UTF-8 OLD.csv > NEW.csv";
  CHECK_THAT(SmallManifest("path,label\na.wav,caf\xe9\n").failure(),
             Contains("row 2:") && Contains("not UTF-8") && Contains(advice));
  CHECK_THAT(SmallManifest("path,l\xe4rm\na.wav,x\n").failure(),
             Contains("row 1:") && Contains("not UTF-8") && Contains(advice));
  CHECK_THAT(SmallManifest("path,label\ncaf\xe9.wav,dog\n").failure(), Contains("row 2:") && Contains(advice));
  std::string utf16;
  for (const char letter : std::string("path,label\na.wav,dog\n")) utf16 += {letter, '\0'};
  CHECK_THAT(SmallManifest(utf16).failure(), Contains("iconv -f UTF-16LE -t UTF-8 OLD.csv > NEW.csv"));
}
