// SPDX-License-Identifier: Apache-2.0
#include "dataset/small_manifest.h"

#include <catch2/catch.hpp>

#include <chrono>

using namespace soundfold;
using namespace soundfold::dataset;
using testing::message_of;
using testing::put_file;
using testing::SmallManifest;
namespace fs = std::filesystem;

TEST_CASE("a CSV of paths and labels is read in its own order", "[dataset]") {
  const SmallManifest manifest("path,label\nb.wav,dog\n./deep//c.wav,cat\na.wav,dog\n");
  const Dataset data = load(manifest.options);
  CHECK(data.name == "clips");
  CHECK(data.class_names == std::vector<std::string>{"cat", "dog"});
  REQUIRE(data.clips.size() == 3);
  CHECK(data.clips[0].id == "b.wav");
  CHECK(data.clips[1].id == "deep/c.wav");
  CHECK(data.clips[1].path == manifest.folder / "deep/c.wav");
  CHECK(data.clips[1].labels == std::vector<std::int64_t>{0});
  CHECK(data.clips[1].source == "deep/c.wav");
  CHECK(data.clips[1].fold == 0);
  CHECK(data.description == "clips, 3 clips listed; 2 classes, 3 clips: cat 1, dog 2");
}

TEST_CASE("folds and sources are read; an empty source is the file itself", "[dataset]") {
  const SmallManifest manifest("label,source,fold,path\ndog,park,2,a.wav\ndog,,1,b.wav\n");
  const Dataset data = load(manifest.options);
  CHECK(data.clips[0].source == "park");
  CHECK(data.clips[1].source == "b.wav");
  CHECK(data.folds() == std::vector<int>{1, 2});
}

TEST_CASE("paths start at the root when one is given", "[dataset]") {
  SmallManifest manifest("path,label\nc.wav,dog\n");
  CHECK_THAT(manifest.failure(), Catch::Contains("does not exist"));
  manifest.options.root = manifest.folder / "deep";
  CHECK(load(manifest.options).clips[0].path == manifest.folder / "deep/c.wav");
  manifest.options.root = manifest.folder / "none";
  CHECK_THAT(manifest.failure(), Catch::Contains("data.root") && Catch::Contains("does not exist"));
}

TEST_CASE("several labels are split at '|' and ascend", "[dataset]") {
  SmallManifest manifest("path,label\na.wav,dog | bark\nb.wav,cat\ndeep/c.wav,bark\n");
  CHECK_THAT(manifest.failure(), Catch::Contains("row 2") && Catch::Contains("set data.multi_label to true"));
  manifest.options.multi_label = true;
  const Dataset data = load(manifest.options);
  CHECK(data.multi_label);
  CHECK(data.class_names == std::vector<std::string>{"bark", "cat", "dog"});
  CHECK(data.clips[0].labels == std::vector<std::int64_t>{0, 2});
  manifest.options.classes = {"dog", "bark"};
  const Dataset chosen = load(manifest.options);
  REQUIRE(chosen.clips.size() == 2);
  CHECK(chosen.clips[0].labels == std::vector<std::int64_t>{0, 1});
  CHECK(chosen.clips[1].labels == std::vector<std::int64_t>{1});
  CHECK(chosen.description == "clips, 3 clips listed; 2 of 3 classes chosen, 2 clips: dog 1, bark 2");
}

TEST_CASE("bad labels are named by row", "[dataset]") {
  CHECK_THAT(SmallManifest("path,label\na.wav,\n").failure(), Catch::Contains("row 2: the label is empty"));
  for (const char* text : {"dog|", "|dog", "dog||cat", "|", " | "}) {
    CAPTURE(text);
    SmallManifest manifest(std::string("path,label\nb.wav,dog\na.wav,") + text + "\n");
    manifest.options.multi_label = true;
    CHECK_THAT(manifest.failure(), Catch::Contains("clips.csv, row 3: empty label"));
  }
  SmallManifest twice("path,label\na.wav,dog|cat|dog\n");
  twice.options.multi_label = true;
  CHECK_THAT(twice.failure(), Catch::Contains("row 2: the label 'dog' appears twice"));
}

TEST_CASE("paths that lead out of the root are refused", "[dataset]") {
  const auto failure = [](const std::string& path) {
    return SmallManifest("path,label\n" + path + ",dog\n").failure();
  };
  CHECK_THAT(failure("/etc/passwd"), Catch::Contains("row 2: the path '/etc/passwd' is absolute"));
  CHECK_THAT(failure("../a.wav"), Catch::Contains("holds '..'"));
  CHECK_THAT(failure("deep/../a.wav"), Catch::Contains("holds '..'"));
  CHECK_THAT(failure("deep/.."), Catch::Contains("holds '..'"));
  CHECK_THAT(failure(""), Catch::Contains("row 2: the path is empty"));
  CHECK_THAT(failure("./"), Catch::Contains("names no file"));
  CHECK_THAT(failure("deep"), Catch::Contains("is not a regular file"));
  CHECK_THAT(failure("deep\\c.wav"), Catch::Contains("separate folders by '/'"));
  CHECK_THAT(failure(std::string("a.wav\0.wav", 10)), Catch::Contains("NUL"));
  CHECK_THAT(failure("\"a\nb.wav\""), Catch::Contains("a?b.wav' does not exist"));
}

TEST_CASE("names with two dots inside are no parent folders", "[dataset]") {
  const SmallManifest manifest("path,label\n..a..wav,dog\n");
  put_file(manifest.folder / "..a..wav");
  CHECK(load(manifest.options).clips[0].id == "..a..wav");
}

TEST_CASE("one file is one clip however it is written", "[dataset]") {
  CHECK_THAT(SmallManifest("path,label\na.wav,dog\n./a.wav,cat\n").failure(),
             Catch::Contains("row 3: the file 'a.wav' is already listed at") && Catch::Contains("row 2"));
  const SmallManifest linked("path,label\ndeep/c.wav,dog\nalso/c.wav,cat\n");
  fs::create_directory_symlink("deep", linked.folder / "also");
  CHECK_THAT(linked.failure(), Catch::Contains("row 3: the file 'also/c.wav' is already listed at"));
}

TEST_CASE("a folder in the path that leads out is refused", "[dataset]") {
  const testing::TempFolder elsewhere;
  put_file(elsewhere / "x.wav");
  const SmallManifest manifest("path,label\nout/x.wav,dog\n");
  fs::create_directory_symlink(elsewhere.path(), manifest.folder / "out");
  CHECK_THAT(manifest.failure(), Catch::Contains("row 2: 'out' is or goes through a link that leads out"));
}

TEST_CASE("bad folds and columns are named", "[dataset]") {
  CHECK_THAT(SmallManifest("path,label,fold\na.wav,dog,0\n").failure(),
             Catch::Contains("column 'fold': 0 is not a fold"));
  CHECK_THAT(SmallManifest("path,label,fold\na.wav,dog,\n").failure(), Catch::Contains("'' is not a whole number"));
  CHECK_THAT(SmallManifest("path,label,fold\na.wav,dog,99999999999\n").failure(), Catch::Contains("is not a fold"));
  CHECK_THAT(SmallManifest("path,label\n").failure(), Catch::Contains("lists no clip"));
  SmallManifest manifest("path,label\na.wav,dog\n");
  manifest.options.manifest = "";
  CHECK_THAT(manifest.failure<UsageError>(), Catch::Contains("data.layout: csv needs data.manifest"));
  manifest.options.manifest = "no/such.csv";
  CHECK_THAT(manifest.failure(), Catch::Contains("data.manifest: 'no/such.csv' does not exist"));
}

TEST_CASE("ten thousand rows load quickly", "[dataset]") {
  constexpr int kRows = 10'000;
  std::string csv = "path,label,fold,source\n";
  const SmallManifest manifest("");
  for (int i = 0; i < kRows; ++i) {
    const std::string name = "deep/" + std::to_string(i) + ".wav";
    put_file(manifest.folder / name, "");
    csv += name + ",class" + std::to_string(i % 50) + "," + std::to_string(i % 5 + 1) + ",s" + std::to_string(i) + "\n";
  }
  put_file(manifest.options.manifest, csv);
  const auto start = std::chrono::steady_clock::now();
  const Dataset data = load(manifest.options);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  CHECK(data.clips.size() == kRows);
  CHECK(data.class_names.size() == 50);
  CHECK(seconds.count() < 2.0);  // far less is usual; anything quadratic takes minutes
}
