// SPDX-License-Identifier: Apache-2.0
#include "upkeep/verify.h"

#include "extraction/fixtures.h"
#include "store/internal/part_reader.h"
#include "support/errors.h"
#include "testing/testing.h"
#include "upkeep/hand_made.h"
#include "upkeep/info.h"
#include "upkeep/merge.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <set>

using namespace soundfold;
using namespace soundfold::store;
using namespace soundfold::upkeep;
using testing::key_of;
namespace fs = std::filesystem;

TEST_CASE("info counts records and bytes by recipe, parts and free room", "[upkeep]") {
  const testing::TempFolder folder;
  const fs::path path = folder / "store";
  CHECK_THROWS_WITH(store_info(path), Catch::Contains("no embedding store in"));
  CHECK_FALSE(fs::exists(path));
  testing::add_clips(path, 0, 6);
  testing::add_clips(path, 0, 4, 24);
  Store(path).write({{"another key", testing::made_up_clip(1, 3, 2, 1)}});
  const StoreInfo before = store_info(path);
  CHECK(before.records == 11);
  REQUIRE(before.recipes.size() == 3);
  CHECK(before.recipes[0].digest.empty());
  CHECK(before.recipes[0].bytes == 128 + 4 * (3 + 2 + 1));
  for (std::size_t i = 1; i < 3; ++i) {
    const RecipeInfo& recipe = before.recipes[i];
    const bool first = recipe.digest == testing::recipe_of(48).digest();
    CHECK(recipe.text == testing::recipe_of(first ? 48 : 24).text());
    CHECK(recipe.records == (first ? 6 : 4));
    CHECK(recipe.bytes == static_cast<std::uintmax_t>(recipe.records) * (128 + 4 * 10 * (1024 + 521 + 1)));
  }
  testing::add_long_clip(path, 9);
  const StoreInfo after = store_info(path);
  CHECK(after.parts == 3);
  const auto sum = [](const StoreInfo& info) { return info.recipes[1].bytes + info.recipes[2].bytes; };
  CHECK(sum(after) - sum(before) == (128 + 3 * 8) + 3 * (128 + 4 * 2 * (1024 + 521 + 1)));
  // The pages of records that were written over are free.
  testing::add_clips(path, 0, 6, 48, 1);
  CHECK(store_info(path).free_bytes > 6 * 60'000);
  const auto json = nlohmann::json::parse(info_json(after));
  CHECK(json["records"] == 12);
  CHECK(json["recipes"][1]["recipe"]["arithmetic"] == "onednn float32");
  CHECK_THAT(info_text(after), Catch::Contains("12 records") && Catch::Contains("  patch_hop_frames=24\n"));
}

TEST_CASE("verify finds every kind of damage, and the files that it is of", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder.path(), 0, 8);
  testing::add_long_clip(folder.path(), 20);
  testing::add_long_clip(folder.path(), 21);
  Store(folder.path())
      .remember({{"/sounds/b.wav", {1, 2, 3, 4}, testing::audio_digest_of(2)},
                 {"/sounds/a.wav", {1, 2, 3, 4}, testing::audio_digest_of(2)},
                 {"/sounds/c.wav", {1, 2, 3, 4}, testing::audio_digest_of(3)}});
  VerifyResult result = verify_store(folder.path());
  CHECK(result.records == 10);
  CHECK(result.damaged.empty());
  CHECK(result.unused_parts == 0);
  CHECK_THAT(verify_text(result), Catch::EndsWith("; 0 damaged\n"));

  testing::damage_record(folder.path(), 2);
  testing::change_entry(folder.path(), testing::Place::records, key_of(4), [](std::string& b) { b[20] ^= 4; });
  testing::change_entry(folder.path(), testing::Place::records, key_of(5), [](std::string& b) { b.resize(60); });
  testing::change_entry(folder.path(), testing::Place::parts, part_key(key_of(20), 1),
                        [](std::string& b) { b[900] ^= 1; });
  testing::change_entry(folder.path(), testing::Place::recipes, testing::recipe_of(48).digest(),
                        [](std::string& b) { b[0] = 'W'; });
  result = verify_store(folder.path());
  std::set<std::string> found;
  for (const auto& record : result.damaged) {
    found.insert(record.key);
    if (record.key == key_of(2)) CHECK(record.files.size() == 2);
    if (record.key != key_of(2)) CHECK(record.files.empty());
  }
  CHECK(found == std::set<std::string>{key_of(2), key_of(4), key_of(5), key_of(20), testing::recipe_of(48).digest()});
  CHECK(result.damaged.size() == 5);
  CHECK_THAT(verify_text(result), Catch::Contains("its payload's checksum is wrong; /sounds/") &&
                                      Catch::Contains("part 1: its checksum is wrong"));
  CHECK(nlohmann::json::parse(verify_json(result))["damaged"].size() == 5);
}

TEST_CASE("a store can be verified while another process writes to it", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder.path(), 0, 40);
  const pid_t writer = testing::start_child([&] {
    for (int i = 1;; ++i) testing::add_clips(folder.path(), 0, 60, 48, i);
  });
  for (int round = 0; round < 10; ++round) {
    const VerifyResult result = verify_store(folder.path());
    CHECK(result.damaged.empty());
    CHECK(result.records >= 40);
  }
  ::kill(writer, SIGKILL);
  CHECK(testing::wait_for_child(writer) == 128 + SIGKILL);
  CHECK(verify_store(folder.path()).damaged.empty());
}

TEST_CASE("a folder that may not be written is verified and merged from, with and without a lock file", "[upkeep]") {
  const testing::TempFolder folder;
  testing::add_clips(folder / "store", 0, 5);
  ::chmod(folder.path().c_str(), 0777);
  for (const bool with_lock_file : {true, false}) {
    if (!with_lock_file) fs::remove(folder / "store/lock.mdb");
    if (with_lock_file) ::chmod((folder / "store/lock.mdb").c_str(), 0444);
    ::chmod((folder / "store/data.mdb").c_str(), 0444);
    ::chmod((folder / "store").c_str(), 0555);
    const int code = testing::in_child([&] {
      constexpr uid_t kNobody = 65534;
      if (::geteuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) _exit(90);
      if (!verify_store(folder / "store").damaged.empty()) _exit(91);
      if (store_info(folder / "store").records != 5) _exit(92);
      const std::string out = with_lock_file ? "merged1" : "merged2";
      ::umask(0);
      if (merge_stores(folder / out, {folder / "store"}, [](const std::string&) {}).added != 5) _exit(93);
    });
    CHECK(code == 0);
    ::chmod((folder / "store").c_str(), 0755);
  }
}
