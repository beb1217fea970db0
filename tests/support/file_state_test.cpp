// SPDX-License-Identifier: Apache-2.0
#include "support/file_state.h"

#include "support/errors.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <fstream>

using namespace soundfold;
namespace fs = std::filesystem;

TEST_CASE("a file's state changes with its bytes, its name's file and its times", "[support]") {
  const testing::TempFolder folder;
  const fs::path file = folder / "file", other = folder / "other";
  std::ofstream(file) << "0123456789";
  std::ofstream(other) << "9876543210";
  fs::last_write_time(other, fs::last_write_time(file));
  const FileState before = file_state(file);
  CHECK(before.size == 10);
  CHECK(before == file_state(file));
  CHECK(before.modified_ns == file_state(other).modified_ns);
  CHECK(before.inode != file_state(other).inode);

  fs::rename(other, file);
  CHECK(file_state(file) != before);
  CHECK(file_state(file).size == before.size);
  CHECK(file_state(file).modified_ns == before.modified_ns);

  FileState retimed = before;
  retimed.changed_ns += 1;
  CHECK(retimed != before);
  CHECK(retimed.text() != before.text());
}

TEST_CASE("a file that changed less than two seconds ago is recent", "[support]") {
  const std::int64_t second = 1'000'000'000;
  CHECK(recently_changed({1, 10 * second, 10 * second, 1}, 11 * second + second / 2));
  CHECK_FALSE(recently_changed({1, 10 * second, 10 * second, 1}, 12 * second + 1));
  CHECK(recently_changed({1, 0, 10 * second, 1}, 11 * second));  // its modification time was set back
  CHECK(recently_changed({1, 10 * second, 0, 1}, 11 * second));
  const testing::TempFolder folder;
  std::ofstream(folder / "file") << "x";
  fs::last_write_time(folder / "file", fs::file_time_type::clock::now() - std::chrono::hours(5));
  CHECK(recently_changed(file_state(folder / "file"), now_ns()));
}

TEST_CASE("only regular files have a state", "[support]") {
  const testing::TempFolder folder;
  CHECK_THROWS_WITH(file_state(folder / "gone"), Catch::Contains("no such file"));
  CHECK_THROWS_WITH(file_state(folder.path()), Catch::Contains("not a regular file"));
}
