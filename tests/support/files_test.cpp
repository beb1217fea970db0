// SPDX-License-Identifier: Apache-2.0
#include "support/files.h"

#include "support/errors.h"
#include "testing/environment.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

using namespace soundfold;
namespace fs = std::filesystem;

namespace {

std::size_t entries_in(const fs::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) count += entry.exists() ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a file written atomically reads back and leaves no temporary file", "[support]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "a.bin", std::string("one\0two", 7));
  CHECK(read_file(folder / "a.bin") == std::string("one\0two", 7));
  write_file_atomically(folder / "a.bin", "three");
  CHECK(read_file(folder / "a.bin") == "three");
  CHECK(entries_in(folder.path()) == 1);
}

TEST_CASE("a writer that fails keeps the old file", "[support]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "a.bin", "old");
  const auto fails = [](const fs::path& temporary) {
    std::ofstream(temporary) << "half";
    throw DataError("disk full");
  };
  CHECK_THROWS_AS(write_file_atomically(folder / "a.bin", fails), DataError);
  CHECK(read_file(folder / "a.bin") == "old");
  CHECK(entries_in(folder.path()) == 1);
}

TEST_CASE("temporary files of killed writers are removed, those of running ones and of others stay", "[support]") {
  const testing::TempFolder folder;
  for (const auto* name : {".a.bin.99-0.tmp", ".b.bin.98-12.tmp", ".note.tmp", "a.bin.99-0.tmp"}) {
    std::ofstream(folder / name) << "half";
  }
  const int living = ::open((folder / ".b.bin.98-12.tmp").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(::flock(living, LOCK_EX) == 0);
  write_file_atomically(folder / "a.bin", "whole");
  ::close(living);
  CHECK_FALSE(fs::exists(folder / ".a.bin.99-0.tmp"));
  CHECK(fs::exists(folder / ".b.bin.98-12.tmp"));
  CHECK(fs::exists(folder / ".note.tmp"));
  CHECK(fs::exists(folder / "a.bin.99-0.tmp"));
  CHECK(entries_in(folder.path()) == 4);
}

TEST_CASE("a temporary file is never one that is there already, nor a link to another", "[support]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "victim", "precious");
  // As a program of the same process number in another container, or an attacker who predicts names, would leave them.
  const std::string start = ".a.bin." + std::to_string(::getpid()) + "-";
  fs::create_directory(folder / "shared");
  for (int i = 0; i < 300; ++i) {
    fs::create_symlink(folder / "victim", folder / ("shared/" + start + std::to_string(i) + ".tmp"));
  }
  std::set<std::string> names;
  for (int i = 0; i < 20; ++i) {
    write_file_atomically(folder / "shared/a.bin", [&](const fs::path& temporary) {
      CHECK(fs::is_regular_file(fs::symlink_status(temporary)));
      CHECK(fs::is_empty(temporary));
      names.insert(temporary.filename().string());
      std::ofstream(temporary) << "new";
    });
    CHECK(fs::is_regular_file(fs::symlink_status(folder / "shared/a.bin")));
    CHECK(read_file(folder / "shared/a.bin") == "new");
  }
  CHECK(read_file(folder / "victim") == "precious");
  CHECK(names.size() == 20);
  for (int i = 0; i < 300; ++i) CHECK(names.count(start + std::to_string(i) + ".tmp") == 0);
}

TEST_CASE("the temporary files of a running program stay when another cleans up", "[support]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "a.bin", [&](const fs::path& temporary) {
    CHECK_FALSE(is_abandoned(temporary));
    std::ofstream(temporary) << "new";
  });
  CHECK(read_file(folder / "a.bin") == "new");
}

TEST_CASE("reading names what is wrong", "[support]") {
  const testing::TempFolder folder;
  CHECK_THROWS_WITH(read_file(folder / "none"), Catch::Contains("no such file"));
  CHECK_THROWS_WITH(read_file(folder.path()), Catch::Contains("not a regular file"));
  write_file_atomically(folder / "big", std::string(100, 'x'));
  CHECK_THROWS_WITH(read_file(folder / "big", 99), Catch::Contains("larger than the 99 bytes allowed"));
}

TEST_CASE("paths that leave a folder are detected, through dots and links", "[support]") {
  const testing::TempFolder folder;
  fs::create_directories(folder / "root/inside");
  fs::create_directory_symlink(folder.path(), folder / "root/out");
  CHECK(lies_within(folder / "root/inside/new.wav", folder / "root"));
  CHECK(lies_within(folder / "root/inside/../x", folder / "root/"));
  CHECK_FALSE(lies_within(folder / "root/../x", folder / "root"));
  CHECK_FALSE(lies_within(folder / "root/out/x", folder / "root"));
  CHECK_FALSE(lies_within(folder / "rooted", folder / "root"));
}

TEST_CASE("sizes are written with units", "[support]") {
  CHECK(human_size(812) == "812 bytes");
  CHECK(human_size(12'345'678) == "12.3 MB");
}

TEST_CASE("a temporary folder is new, and gone with what is in it", "[support]") {
  std::filesystem::path path;
  {
    const TemporaryFolder folder("soundfold-test"), other("soundfold-test");
    path = folder.path();
    CHECK(path != other.path());
    CHECK(path.parent_path() == std::filesystem::temp_directory_path());
    CHECK(path.filename().string().rfind("soundfold-test-", 0) == 0);
    std::filesystem::create_directory(path / "deeper");
    write_file_atomically(path / "deeper/file", "content");
  }
  CHECK(!std::filesystem::exists(path));
  CHECK_THROWS_WITH(TemporaryFolder("no/such/folder"), Catch::Contains("cannot make the temporary folder"));
  const testing::Environment elsewhere(testing::Variables{{"TMPDIR", "/no/such/folder"}});
  CHECK_THROWS_AS(TemporaryFolder("soundfold-test"), DataError);
}

TEST_CASE("the file that a path goes through as if it were a folder", "[support]") {
  const testing::TempFolder folder;
  std::filesystem::create_directory(folder / "sounds");
  write_file_atomically(folder / "sounds/a.tar", "tar");
  CHECK(file_on_the_way(folder / "sounds/a.tar/deep/1.wav") == folder / "sounds/a.tar");
  CHECK(file_on_the_way(folder / "sounds/a.tar").empty());
  CHECK(file_on_the_way(folder / "sounds/b.tar/1.wav").empty());
  CHECK(file_on_the_way("1.wav").empty());
}
