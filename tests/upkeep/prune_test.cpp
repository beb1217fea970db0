// SPDX-License-Identifier: Apache-2.0
#include "upkeep/prune.h"

#include "database/environment.h"
#include "extraction/fixtures.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "upkeep/hand_made.h"
#include "upkeep/info.h"
#include "upkeep/verify.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

using namespace soundfold;
using namespace soundfold::store;
using namespace soundfold::upkeep;
using testing::key_of;
namespace fs = std::filesystem;

namespace {

PruneResult prune(const fs::path& folder, const PruneRules& rules, bool dry_run = false) {
  PruneResult plan;
  prune_store(folder, rules, dry_run, [&](const PruneResult& counted) { plan = counted; });
  return plan;
}

PruneRules keep(const std::string& recipe) {
  PruneRules rules;
  rules.keep_recipes = {recipe};
  return rules;
}

std::size_t entries_of(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("pruning by recipe removes its records and gives their room back", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder.path(), 0, 20);
  testing::add_clips(folder.path(), 0, 10, 24);
  testing::add_long_clip(folder.path(), 30);
  ::chmod((folder / "data.mdb").c_str(), 0640);
  for (const int hop : {24, 48}) std::ofstream(means_file(folder.path(), testing::recipe_of(hop).digest())) << "means";
  const auto size = fs::file_size(folder / "data.mdb");

  const PruneResult dry = prune(folder.path(), keep("patch_hop_frames=48"), true);
  CHECK(dry.recipes.records == 10);
  CHECK(dry.recipes.bytes == 10 * (128 + 4 * 10 * (1024 + 521 + 1)));
  CHECK(dry.kept.records == 21);
  CHECK_THAT(dry.text(), Catch::StartsWith("of recipes not wanted: 10 records, 619"));
  CHECK(fs::file_size(folder / "data.mdb") == size);
  CHECK(testing::intact_clips(folder.path(), 20, 24) == 10);
  CHECK(entries_of(folder.path()) == 4);

  const PruneResult done = prune(folder.path(), keep(testing::recipe_of(48).digest().substr(0, 6)));
  CHECK(done.text() == dry.text());
  CHECK(testing::intact_clips(folder.path(), 20) == 20);
  CHECK(testing::intact_clips(folder.path(), 20, 24) == 0);
  CHECK(fs::file_size(folder / "data.mdb") < size - 500'000);
  CHECK((fs::status(folder / "data.mdb").permissions() & fs::perms::all) == static_cast<fs::perms>(0640));
  CHECK(entries_of(folder.path()) == 3);
  CHECK(fs::exists(means_file(folder.path(), testing::recipe_of(48).digest())));
  const StoreInfo info = store_info(folder.path());
  CHECK(info.records == 21);
  CHECK(info.parts == 3);
  CHECK(info.recipes.size() == 1);
  CHECK(verify_store(folder.path()).damaged.empty());
  testing::add_clips(folder.path(), 20, 22);
  CHECK(testing::intact_clips(folder.path(), 30) == 22);
}

TEST_CASE("pruning removes damaged records, parts of no record and records of files that are gone", "[upkeep]") {
  const testing::TempFolder folder;
  const fs::path path = folder / "store";
  testing::add_clips(path, 0, 6);
  testing::add_long_clip(path, 30);
  testing::damage_record(path, 5);
  std::ofstream(folder / "here.wav") << "x";
  Store(path).remember({{folder / "here.wav", {1, 2, 3, 4}, testing::audio_digest_of(0)},
                        {folder / "gone.wav", {1, 2, 3, 4}, testing::audio_digest_of(1)},
                        {folder / "copy.wav", {1, 2, 3, 4}, testing::audio_digest_of(0)},
                        {"https://sounds.test/a.wav", {1, 2, 3, 4}, testing::audio_digest_of(2)},
                        {folder / "here.wav/in_a_tar.wav", {1, 2, 3, 4}, testing::audio_digest_of(3)}});
  Store(path).write({{"interrupted", testing::made_up_clip(2, 8, 3, 1), 0}});

  PruneResult plan = prune(path, {});
  CHECK(plan.kept.records == 7);
  CHECK(plan.unused_parts == 1);
  CHECK(store_info(path).parts == 3);
  CHECK(store_info(path).remembered_files == 5);
  CHECK(verify_store(path).damaged.size() == 1);  // left as it was

  PruneRules rules;
  rules.missing_files = true;
  rules.damaged = true;
  plan = prune(path, rules);
  CHECK(plan.damaged.records == 1);
  CHECK(plan.missing_files.records == 1);  // not clip 0, which another file has
  CHECK(plan.files_forgotten == 2);
  CHECK(plan.kept.records == 5);
  CHECK(store_info(path).remembered_files == 3);
  CHECK(verify_store(path).damaged.empty());
  CHECK(Store(path).inspect(key_of(0)) == RecordState::intact);
  CHECK(Store(path).inspect(key_of(1)) == RecordState::missing);
  // Nobody asks the server, and that tar is there.
  for (const int clip : {2, 3}) CHECK(Store(path).inspect(key_of(clip)) == RecordState::intact);
}

TEST_CASE("a recipe that the store does not have is a usage error", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder.path(), 0, 2);
  testing::add_clips(folder.path(), 0, 2, 24);
  for (const char* name : {"patch_hop_frames=4", "hop_frames=48", "abcdef", "", "zz"}) {
    CAPTURE(name);
    CHECK_THROWS_WITH(prune(folder.path(), keep(name)), Catch::Contains("names none of this store's recipes"));
  }
  CHECK_THROWS_AS(prune(folder.path(), keep("")), UsageError);
  CHECK_THROWS_AS(prune(folder.path(), {{"patch_hop_frames=24"}, {"patch_hop_frames=48"}}), UsageError);
  CHECK(prune(folder.path(), {{"weights_digest=made-up"}, {}}, true).recipes.records == 4);
  CHECK_THROWS_WITH(prune(folder / "gone", {}), Catch::Contains("no embedding store in"));
}

TEST_CASE("a store that another process has open is not pruned, only counted", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder / "store", 0, 3);
  const std::string bytes = read_file(folder / "store/data.mdb");
  std::array<int, 2> opened{}, ended{};
  REQUIRE((::pipe(opened.data()) == 0 && ::pipe(ended.data()) == 0));
  const pid_t reader = testing::start_child([&] {
    const Store store(folder / "store");
    char byte = 'x';
    if (::write(opened[1], &byte, 1) != 1 || ::read(ended[0], &byte, 1) != 1) _exit(97);
    if (store.record_count() != 3) _exit(98);
  });
  char byte = 0;
  REQUIRE(::read(opened[0], &byte, 1) == 1);
  CHECK_THROWS_WITH(prune(folder / "store", {}), Catch::Contains("another program has it open"));
  CHECK(prune(folder / "store", {}, true).kept.records == 3);
  CHECK(read_file(folder / "store/data.mdb") == bytes);
  REQUIRE(::write(ended[1], &byte, 1) == 1);
  CHECK(testing::wait_for_child(reader) == 0);
  CHECK(prune(folder / "store", {}).kept.records == 3);
  const Store ours(folder / "store");
  CHECK_THROWS_WITH(prune(folder / "store", {}), Catch::Contains("another program has it open"));
  for (const int end : {opened[0], opened[1], ended[0], ended[1]}) ::close(end);
}

TEST_CASE("a store that another program of LMDB's has open is not pruned", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder.path(), 0, 3);
  std::array<int, 2> opened{}, ended{};
  REQUIRE((::pipe(opened.data()) == 0 && ::pipe(ended.data()) == 0));
  const pid_t stranger = testing::start_child([&] {
    MDB_env* environment = nullptr;
    if (mdb_env_create(&environment) != 0 || mdb_env_open(environment, folder.path().c_str(), 0, 0644) != 0) _exit(97);
    char byte = 'x';
    if (::write(opened[1], &byte, 1) != 1 || ::read(ended[0], &byte, 1) != 1) _exit(98);
  });
  char byte = 0;
  REQUIRE(::read(opened[0], &byte, 1) == 1);
  CHECK_THROWS_WITH(prune(folder.path(), {}), Catch::Contains("another program has it open"));
  REQUIRE(::write(ended[1], &byte, 1) == 1);
  CHECK(testing::wait_for_child(stranger) == 0);
  CHECK(prune(folder.path(), {}).kept.records == 3);
  for (const int end : {opened[0], opened[1], ended[0], ended[1]}) ::close(end);
}

TEST_CASE("a store that is being pruned cannot be opened", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder.path(), 0, 3);
  std::array<int, 2> opened{}, ended{};
  REQUIRE((::pipe(opened.data()) == 0 && ::pipe(ended.data()) == 0));
  // The other process opens it itself: a fork of one that has it open would share that.
  const pid_t pruner = testing::start_child([&] {
    database::OpenOptions options;
    options.read_only = options.alone = true;
    const auto alone = database::Environment::open(folder.path(), options);
    char byte = 'x';
    if (::write(opened[1], &byte, 1) != 1 || ::read(ended[0], &byte, 1) != 1) _exit(97);
  });
  char byte = 0;
  REQUIRE(::read(opened[0], &byte, 1) == 1);
  CHECK_THROWS_WITH(Store(folder.path()), Catch::Contains("is being pruned"));
  REQUIRE(::write(ended[1], &byte, 1) == 1);
  CHECK(testing::wait_for_child(pruner) == 0);
  CHECK(Store(folder.path()).record_count() == 3);
  for (const int end : {opened[0], opened[1], ended[0], ended[1]}) ::close(end);
}

TEST_CASE("readers beside many prunes see all that is kept, or are told to come back", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder.path(), 0, 30);
  const pid_t pruner = testing::start_child([&] {
    for (int done = 0; done < 15;) {
      try {
        prune(folder.path(), {});
        ++done;
      } catch (const DataError& error) {
        if (std::string(error.what()).find("another program has it open") == std::string::npos) throw;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
  });
  std::vector<pid_t> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.push_back(testing::start_child([&, reader] {
      for (int round = 0; round < 150; ++round) {
        try {
          if (testing::intact_clips(folder.path(), 30) != 30) _exit(97);
          if (round % 10 == 0)
            Store(folder.path()).write({{std::to_string(reader), testing::made_up_clip(1, 8, 3, round)}});
        } catch (const DataError& error) {
          if (std::string(error.what()).find("is being pruned") == std::string::npos) throw;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    }));
  }
  for (const pid_t reader : readers) CHECK(testing::wait_for_child(reader) == 0);
  CHECK(testing::wait_for_child(pruner) == 0);
  CHECK(testing::intact_clips(folder.path(), 30) == 30);
  CHECK(verify_store(folder.path()).damaged.empty());
}

TEST_CASE("a prune killed at any moment leaves the store as it was or as it will be", "[upkeep]") {
  const testing::TempFolder folder;
  int killed = 0;
  for (int round = 0; round < 8; ++round) {
    const fs::path path = folder / std::to_string(round);
    testing::add_clips(path, 0, 200);
    testing::add_clips(path, 0, 200, 24);
    const pid_t child = testing::start_child([&] { prune(path, keep("patch_hop_frames=48")); });
    std::this_thread::sleep_for(std::chrono::milliseconds(4 + 7 * round));
    ::kill(child, SIGKILL);
    killed += testing::wait_for_child(child) == 128 + SIGKILL ? 1 : 0;
    CHECK(testing::intact_clips(path, 200) == 200);
    const int others = testing::intact_clips(path, 200, 24);
    CHECK((others == 0 || others == 200));
    CHECK(verify_store(path).damaged.empty());
    prune(path, keep("patch_hop_frames=48"));
    CHECK(Store(path).record_count() == 200);
    CHECK_FALSE(fs::exists(path / "pruned.tmp"));
  }
  CHECK(killed > 0);
}
