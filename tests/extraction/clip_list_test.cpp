// SPDX-License-Identifier: Apache-2.0
#include "extraction/clip_list.h"

#include "extraction/fixtures.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "text/npy.h"

#include <catch2/catch.hpp>

#include <fstream>

using namespace soundfold;
using namespace soundfold::store;
using namespace soundfold::extraction;
namespace fs = std::filesystem;

namespace {

void touch(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path).flush();
}

}  // namespace

TEST_CASE("folders are searched for sounds, in order, and each file counts once", "[extraction]") {
  const testing::TempFolder folder;
  for (const char* name : {"in/b/two.FLAC", "in/a.wav", "in/b/one.ogg", "in/notes.txt", "in/c.mp3", "in/._a.wav",
                           "in/.cache/d.wav", "in/__MACOSX/e.wav", "in/b/z.m4a"}) {
    touch(folder / name);
  }
  const std::string root = (folder / "in").string();
  const auto clips = list_clips({root, root + "/a.wav", root + "/../in/c.mp3", root + "/gone.wav"});
  std::vector<std::string> names;
  for (const auto& clip : clips) names.push_back(clip.output_name.string());
  CHECK(names == std::vector<std::string>{"a", "b/one", "b/two", "b/z", "c", "gone"});
  touch(folder / "empty/readme.txt");
  CHECK_THROWS_WITH(list_clips({(folder / "empty").string()}),
                    Catch::Contains("no sound file") && Catch::Contains("ignored 1 file"));
}

TEST_CASE("output names stay below the output folder", "[extraction]") {
  const auto name = [](const std::string& path) { return list_clips({path}).front().output_name.string(); };
  CHECK(name("sounds/x/bark.wav") == "sounds/x/bark");
  CHECK(name("./bark.v2.wav") == "bark.v2");
  CHECK(name("../../bark.wav") == "bark");
  CHECK(name("a/../../bark.wav") == "bark");
  CHECK(name("/etc/bark.wav") == "bark");
}

TEST_CASE("clips that would share an output file are refused", "[extraction]") {
  ClipList clips;
  clips.add("a/cat.wav");
  clips.add("b/cat.wav");
  CHECK_NOTHROW(clips.refuse_equal_output_names());
  clips.add("a/cat.flac");
  CHECK_THROWS_WITH(clips.refuse_equal_output_names(), Catch::Contains("a/cat.wav") && Catch::Contains("a/cat.flac"));
}

TEST_CASE("lists are read line by line", "[extraction]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "list.txt", std::string_view("a b.wav\r\n\n#1.wav\nlast.wav"));
  ClipList clips;
  clips.add_lines_of(folder / "list.txt");
  REQUIRE(clips.size() == 3);
  CHECK(clips.path(0) == "a b.wav");
  CHECK(clips.path(1) == "#1.wav");
  CHECK(clips.path(2) == "last.wav");
  CHECK_THROWS_AS(clips.add_lines_of(folder / "none.txt"), DataError);
  CHECK_THROWS_AS(clips.add_lines_of(folder.path()), DataError);
}

TEST_CASE("one file under several spellings counts once, at its first place", "[extraction]") {
  ClipList clips;
  for (const char* name : {"b.wav", "a.wav", "./b.wav", "x/../a.wav", "c.wav", "b.wav"}) clips.add(name);
  clips.add((fs::current_path() / "c.wav").string());
  clips.drop_repeated();
  REQUIRE(clips.size() == 3);
  CHECK(clips.path(0) == "b.wav");
  CHECK(clips.path(1) == "a.wav");
  CHECK(clips.path(2) == "c.wav");
}

TEST_CASE("folders come in the order of their parts", "[extraction]") {
  const testing::TempFolder folder;
  // As text, "-" and "." come before "/".
  for (const char* name : {"in/a.b/2.wav", "in/a/1.wav", "in/a-b/3.wav"}) touch(folder / name);
  ClipList clips;
  clips.add((folder / "in").string());
  REQUIRE(clips.size() == 3);
  CHECK(clips.output_name(0) == "a/1");
  CHECK(clips.output_name(1) == "a-b/3");
  CHECK(clips.output_name(2) == "a.b/2");
}

TEST_CASE("records are written as .npy files, never outside of the folder", "[extraction]") {
  const testing::TempFolder folder;
  Store store(folder / "store");
  const auto clip = testing::made_up_clip(3, 8, 2, 4);
  store.write({{"key", clip}});
  write_npy_files(store, "key", folder / "out", "deep/cat");
  const auto embeddings = read_npy(folder / "out/deep/cat.embeddings.npy");
  CHECK(embeddings.shape == std::vector<std::int64_t>{3, 8});
  CHECK(embeddings.values == clip.embeddings);
  CHECK(read_npy(folder / "out/deep/cat.scores.npy").shape == std::vector<std::int64_t>{3, 2});
  CHECK_THROWS_AS(write_npy_files(store, "key", folder / "out", "../cat"), DataError);
  fs::create_directories(folder / "elsewhere");
  fs::create_directory_symlink(folder / "elsewhere", folder / "out/link");
  CHECK_THROWS_AS(write_npy_files(store, "key", folder / "out", "link/cat"), DataError);
  CHECK(fs::is_empty(folder / "elsewhere"));
  CHECK_THROWS_AS(write_npy_files(store, "other key", folder / "out", "cat"), DataError);
}

TEST_CASE("ranges name files, unless a file is called so; addresses and members of tars have output names",
          "[extraction]") {
  const testing::TempFolder folder;
  const auto in = [&](const std::string& name) { return (folder / name).string(); };
  ClipList clips;
  clips.add(in("s-{08..10}.wav"));
  REQUIRE(clips.size() == 3);
  CHECK(clips.path(2) == in("s-10.wav"));
  write_file_atomically(folder / "s-{08..10}.wav", std::string_view("x"));
  clips.add(in("s-{08..10}.wav"));
  REQUIRE(clips.size() == 4);
  CHECK(clips.path(3) == in("s-{08..10}.wav"));

  ClipList others;
  others.add("https://example.org/dogs/bark.wav");
  others.add_member("s3://sounds/shards/s-0.tar", "dog/1.wav");
  others.add_member("shards/s-0.tar", "1.wav");
  others.add_member("s-0.tar", "2.wav");
  others.add("https://example.org/dogs/bark.wav");
  others.add_from(clips, 0);
  others.drop_repeated();
  REQUIRE(others.size() == 5);
  CHECK(others.path(1) == "s3://sounds/shards/s-0.tar/dog/1.wav");
  CHECK(others.output_name(0) == "example.org/dogs/bark");
  CHECK(others.output_name(1) == "s-0.tar/dog/1");
  CHECK(others.output_name(2) == "s-0.tar/1");
  CHECK(others.output_name(3) == "s-0.tar/2");
  CHECK(others.path(4) == in("s-08.wav"));
}
