// SPDX-License-Identifier: Apache-2.0
#include "upkeep/merge.h"

#include "database/environment.h"
#include "extraction/fixtures.h"
#include "store/internal/part_reader.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/machine.h"
#include "testing/testing.h"
#include "upkeep/hand_made.h"
#include "upkeep/verify.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

using namespace soundfold;
using namespace soundfold::store;
using namespace soundfold::upkeep;
using testing::key_of;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> lines;  // of the last merge

MergeResult merge(const fs::path& out, const std::vector<fs::path>& inputs) {
  lines.clear();
  return merge_stores(out, inputs, [](const std::string& line) { lines.push_back(line); });
}

}  // namespace

TEST_CASE("merging gives the union of overlapping stores, and again adds nothing", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder / "a", 0, 6);
  testing::add_clips(folder / "b", 4, 9);
  testing::add_clips(folder / "b", 0, 3, 24);
  testing::add_long_clip(folder / "b", 30);
  const FileState state{1, 2, 3, 4}, other{5, 6, 7, 8};
  Store(folder / "a").remember({{"/x.wav", state, "x"}});
  Store(folder / "b").remember({{"/x.wav", other, "y"}, {"/y.wav", state, "y"}});
  const std::string before = read_file(folder / "a/data.mdb");

  MergeResult result = merge(folder / "out", {folder / "a", folder / "b"});
  CHECK(result.added == 13);
  CHECK(result.present == 2);
  CHECK(result.different + result.damaged == 0);
  CHECK(result.recipes == 2);
  CHECK(result.files == 2);
  CHECK(testing::intact_clips(folder / "out", 20) == 9);
  CHECK(testing::intact_clips(folder / "out", 20, 24) == 3);
  {
    const Store out(folder / "out");
    CHECK(out.record_count() == 13);
    CHECK(testing::stored(out, key_of(30)).patch_count == 6);
    CHECK(out.recipes().size() == 2);
    CHECK(out.remembered("/x.wav", state) == "x");
    CHECK(out.remembered("/y.wav", state) == "y");
  }
  CHECK(read_file(folder / "a/data.mdb") == before);

  result = merge(folder / "out", {folder / "a", folder / "b"});
  CHECK(result.added == 0);
  CHECK(result.present == 15);
  CHECK(result.recipes + result.files == 0);
  CHECK(lines.empty());
}

TEST_CASE("records of one key with other bytes are reported, and the first stays", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder / "a", 0, 3);
  testing::add_clips(folder / "b", 2, 5, 48, 1);
  const MergeResult result = merge(folder / "out", {folder / "a", folder / "b"});
  CHECK(result.different == 1);
  CHECK(result.added == 5);
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::StartsWith("different: " + key_of(2)) && Catch::Contains((folder / "b").string()));
  CHECK(testing::intact_clips(folder / "out", 9) == 3);
  CHECK(testing::intact_clips(folder / "out", 9, 48, 1) == 2);
}

TEST_CASE("damaged records are left out, and replaced where they are", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder / "a", 0, 4);
  testing::add_long_clip(folder / "a", 30);
  testing::damage_record(folder / "a", 1);
  testing::change_entry(folder / "a", testing::Place::parts, part_key(key_of(30), 2),
                        [](std::string& b) { b[777] ^= 1; });
  MergeResult result = merge(folder / "out", {folder / "a"});
  CHECK(result.added == 3);
  CHECK(result.damaged == 2);
  REQUIRE(lines.size() == 2);
  CHECK(verify_store(folder / "out").damaged.empty());

  testing::add_clips(folder / "b", 0, 4);
  testing::add_long_clip(folder / "b", 30);
  testing::damage_record(folder / "out", 0);
  result = merge(folder / "out", {folder / "b"});
  CHECK(result.added == 3);
  CHECK(result.present == 2);
  CHECK(result.different == 0);
  CHECK(testing::intact_clips(folder / "out", 9) == 4);
  CHECK(verify_store(folder / "out").damaged.empty());
}

TEST_CASE("merging refuses other versions, itself, and what is no store, before it makes anything", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder / "a", 0, 2);
  testing::add_clips(folder / "newer", 0, 2);
  {
    const auto environment = database::Environment::open(folder / "newer", {});
    environment->write(
        [&](database::Transaction& writing) { writing.put(environment->databases().meta, "format_version", "2"); });
  }
  CHECK_THROWS_WITH(merge(folder / "out", {folder / "a", folder / "newer"}), Catch::Contains("format version 2"));
  CHECK_THROWS_WITH(merge(folder / "out", {folder / "a", folder / "gone"}), Catch::Contains("no embedding store in"));
  CHECK_FALSE(fs::exists(folder / "out"));
  fs::create_directory_symlink(folder / "a", folder / "link");
  for (const char* same : {"a", "./a", "newer/../a", "link"}) {
    CHECK_THROWS_AS(merge(folder / "a", {folder / same}), UsageError);
  }
}

TEST_CASE("a merge killed at any moment leaves a valid store, which the next one completes", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder / "a", 0, 300);
  testing::add_clips(folder / "b", 200, 500);
  testing::add_long_clip(folder / "b", 600);
  int killed = 0;
  for (int round = 0; round < 6; ++round) {
    const pid_t child = testing::start_child([&] { merge(folder / "out", {folder / "a", folder / "b"}); });
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + 9 * round));
    ::kill(child, SIGKILL);
    killed += testing::wait_for_child(child) == 128 + SIGKILL ? 1 : 0;
    if (fs::exists(folder / "out/data.mdb") && fs::file_size(folder / "out/data.mdb") > 0) {
      CHECK(verify_store(folder / "out").damaged.empty());
    }
  }
  CHECK(killed > 0);
  const MergeResult result = merge(folder / "out", {folder / "a", folder / "b"});
  CHECK(result.different + result.damaged == 0);
  CHECK(testing::intact_clips(folder / "out", 500) == 500);
  CHECK(verify_store(folder / "out").damaged.empty());
  CHECK(Store(folder / "out").record_count() == 501);
}

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
TEST_CASE("merging and verifying 90 MB take as much memory of their own as 6 MB", "[upkeep]") {
  const testing::TempFolder folder;
  testing::in_child([&] {
    testing::add_clips(folder / "few", 0, 100);
    testing::add_clips(folder / "many", 0, 1500);
  });
  // Pages of the files that are in memory do not count: the system takes them back, and kernels with large folios have
  // 2 MB of them for every record that is looked at.
  const auto most_of_its_own = [&](const std::string& name) {
    std::atomic<bool> done = false;
    std::int64_t most = 0;
    std::thread watch([&] {
      for (; !done; std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
        most = std::max(most, testing::memory_bytes("RssAnon"));
      }
    });
    merge(folder / ("out of " + name), {folder / name});
    const bool whole = verify_store(folder / ("out of " + name)).damaged.empty();
    done = true;
    watch.join();
    if (!whole) _exit(98);
    return most;
  };
  const int grown_megabytes = testing::in_child([&] {
    const auto few = most_of_its_own("few"), many = most_of_its_own("many");
    _exit(many > few ? static_cast<int>((many - few) >> 20) : 0);
  });
  CHECK(grown_megabytes < 12);
}
#endif
