// SPDX-License-Identifier: Apache-2.0
// info and verify of a folder of shards; what changes stores refuses one.
#include "shards/landed.h"
#include "store/store.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "testing/testing.h"
#include "upkeep/hand_made.h"
#include "upkeep/info.h"
#include "upkeep/merge.h"
#include "upkeep/prune.h"
#include "upkeep/verify.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace soundfold;
using namespace soundfold::upkeep;
using testing::key_of;
namespace fs = std::filesystem;

namespace {

constexpr int kShards = 3, kClipsOfShard = 2;

/// Lands a shard with two clips; with `damaged`, one of their records is damaged before it is sealed.
void land_clips(const fs::path& folder, const shards::Plan& plan, int index, bool damaged) {
  const fs::path data = shards::data_file(folder, {index, plan.shards});
  testing::add_clips(data.parent_path(), index * kClipsOfShard, (index + 1) * kClipsOfShard);
  store::Store(data.parent_path())
      .remember({{"/sounds/" + std::to_string(index) + ".wav",
                  {1, 2, 3, 4},
                  testing::audio_digest_of(index * kClipsOfShard)}});
  if (damaged) testing::damage_record(data.parent_path(), index * kClipsOfShard);
  fs::remove(data.parent_path() / "lock.mdb");
  fs::permissions(data, fs::perms::owner_read);
  shards::Manifest manifest;
  manifest.shard = {index, plan.shards};
  manifest.list_sha256 = plan.list_sha256;
  manifest.recipe_digest = plan.recipe_digest();
  manifest.clips = manifest.records = kClipsOfShard;
  manifest.bytes = fs::file_size(data);
  manifest.sha256 = hash_file(HashKind::sha256, data);
  write_file_atomically(shards::manifest_file(folder, manifest.shard), shards::manifest_text(manifest));
}

shards::Plan make_shards(const fs::path& folder, int damaged_one = -1) {
  const shards::Plan plan{kShards, std::string(64, 'c'), kShards * kClipsOfShard, testing::recipe_of(48).text()};
  shards::agree_on_plan(folder, plan);
  for (int i = 0; i < kShards; ++i) land_clips(folder, plan, i, i == damaged_one);
  return plan;
}

}  // namespace

TEST_CASE("info of a folder of shards is that of a store with all their records", "[upkeep]") {
  const testing::TempFolder folder;
  make_shards(folder / "shards");
  testing::add_clips(folder / "one", 0, kShards * kClipsOfShard);
  const StoreInfo one = store_info(folder / "one");
  StoreInfo all = store_info(folder / "shards");
  CHECK(all.shards == 3);
  CHECK(all.landed == 3);
  CHECK(all.records == 6);
  CHECK(all.remembered_files == 3);
  REQUIRE(all.recipes.size() == 1);
  CHECK(all.recipes[0].digest == one.recipes.at(0).digest);
  CHECK(all.recipes[0].text == one.recipes[0].text);
  CHECK(all.recipes[0].records == one.recipes[0].records);
  CHECK(all.recipes[0].bytes == one.recipes[0].bytes);
  std::uintmax_t bytes = 0;
  for (int i = 0; i < kShards; ++i) bytes += fs::file_size(shards::data_file(folder / "shards", {i, kShards}));
  CHECK(all.bytes == bytes);
  CHECK_THAT(info_text(all), Catch::Contains(": 6 records, ") && Catch::Contains("\n3 of 3 shards have landed\n"));
  CHECK(nlohmann::json::parse(info_json(all))["shards"] == 3);
  CHECK(nlohmann::json::parse(info_json(all))["landed"] == 3);
  CHECK(!nlohmann::json::parse(info_json(one)).contains("shards"));
  CHECK(!fs::exists(folder / "shards/data.mdb"));
  CHECK(!fs::exists(folder / "shards/shard-00000-of-00003/lock.mdb"));

  fs::remove(shards::manifest_file(folder / "shards", {1, kShards}));
  all = store_info(folder / "shards");
  CHECK(all.landed == 2);
  CHECK(all.records == 4);
  CHECK_THAT(info_text(all), Catch::Contains("2 of 3 shards have landed; embedder --missing --store "));
  for (const int i : {0, 2}) fs::remove(shards::manifest_file(folder / "shards", {i, kShards}));
  CHECK_THAT(info_text(store_info(folder / "shards")), Catch::Contains("last written never\n0 of 3 shards"));
}

TEST_CASE("verify of a folder of shards names damaged records with their shard, and shards that are missing",
          "[upkeep]") {
  const testing::TempFolder folder;
  make_shards(folder / "intact");
  VerifyResult result = verify_store(folder / "intact");
  CHECK(result.intact());
  CHECK(result.records == 6);
  CHECK(result.unused_parts == 0);
  CHECK_THAT(verify_text(result), Catch::EndsWith("; 0 damaged; 0 of 3 shards missing or damaged\n"));

  make_shards(folder / "shards", 1);
  fs::remove(shards::manifest_file(folder / "shards", {2, kShards}));
  result = verify_store(folder / "shards");
  CHECK(!result.intact());
  CHECK(result.records == 4);
  REQUIRE(result.damaged.size() == 1);
  CHECK(result.damaged[0].key == key_of(2));
  CHECK(result.damaged[0].shard == "shard-00001-of-00003");
  CHECK(result.damaged[0].files == std::vector<std::string>{"/sounds/1.wav"});
  REQUIRE(result.shard_problems.size() == 1);
  CHECK(result.shard_problems[0].missing);
  CHECK_THAT(verify_text(result), Catch::StartsWith("damaged: " + key_of(2) + " in shard-00001-of-00003: ") &&
                                      Catch::Contains("/sounds/1.wav\nshard 2/3: has not landed\n") &&
                                      Catch::Contains("4 records, ") &&
                                      Catch::Contains("1 damaged (embedder --missing --redo --store ") &&
                                      Catch::EndsWith("1 of 3 shards missing or damaged\n"));
  const auto json = nlohmann::json::parse(verify_json(result));
  CHECK(json["damaged"][0]["shard"] == "shard-00001-of-00003");
  CHECK(json["shard_problems"][0]["shard"] == 2);
}

TEST_CASE("a shard that is damaged outside of records is a problem of the shard, and the others are verified",
          "[upkeep]") {
  const testing::TempFolder folder;
  make_shards(folder.path());
  const fs::path data = shards::data_file(folder.path(), {0, kShards});
  std::string bytes = read_file(data);
  bytes[16] = static_cast<char>(bytes[16] ^ 1);  // LMDB's magic number
  fs::remove(data);
  write_file_atomically(data, bytes);
  const VerifyResult result = verify_store(folder.path());
  CHECK(result.damaged.empty());
  CHECK(result.records == 4);
  REQUIRE(result.shard_problems.size() == 1);
  CHECK(result.shard_problems[0].index == 0);
  CHECK(!result.shard_problems[0].missing);
  CHECK_THAT(result.shard_problems[0].problem, Catch::Contains("is not an LMDB file"));
}

TEST_CASE("verify finds a shard with fewer records than its manifest says", "[upkeep]") {
  const testing::TempFolder folder;
  make_shards(folder.path());
  const fs::path file = shards::manifest_file(folder.path(), {1, kShards});
  auto manifest = shards::read_manifest(file);
  ++manifest.records;
  write_file_atomically(file, shards::manifest_text(manifest));
  const VerifyResult result = verify_store(folder.path());
  CHECK(!result.intact());
  CHECK(result.records == 6);
  CHECK_THAT(verify_text(result), Catch::StartsWith("shard 1/3: has 2 records, but its manifest says 3\n"));
}

TEST_CASE("what changes a store refuses a folder of shards, and makes nothing in it", "[upkeep]") {
  const testing::TempFolder folder;
  make_shards(folder / "shards");
  testing::add_clips(folder / "one", 0, 1);
  const auto refusal = Catch::Contains("is a folder of shards, which are never changed; store merge STORE ");
  for (const bool dry_run : {true, false}) {
    CHECK_THROWS_WITH(prune_store(folder / "shards", {}, dry_run, [](const PruneResult&) {}), refusal);
  }
  CHECK_THROWS_WITH(merge_stores(folder / "shards", {folder / "one"}, [](const std::string&) {}), refusal);
  CHECK(!fs::exists(folder / "shards/data.mdb"));
}

TEST_CASE("of equal records in two shards, a damaged one gives way to an intact one", "[upkeep]") {
  const testing::TempFolder folder;
  const auto plan = make_shards(folder.path(), 1);
  // The third shard has the clips of the second, as equal sounds of two names give; the first one's record is damaged.
  const fs::path second = shards::data_file(folder.path(), {1, kShards}).parent_path();
  fs::remove_all(shards::data_file(folder.path(), {2, kShards}).parent_path());
  land_clips(folder.path(), plan, 2, false);
  const fs::path third = shards::data_file(folder.path(), {2, kShards});
  fs::remove(third);
  testing::add_clips(third.parent_path(), kClipsOfShard, 2 * kClipsOfShard);
  fs::remove(third.parent_path() / "lock.mdb");
  fs::permissions(third, fs::perms::owner_read);
  auto manifest = shards::read_manifest(shards::manifest_file(folder.path(), {2, kShards}));
  manifest.bytes = fs::file_size(third);
  write_file_atomically(shards::manifest_file(folder.path(), {2, kShards}), shards::manifest_text(manifest));

  std::int64_t patches = 0;
  float last_level = 0;
  const auto look = [&](const store::ClipEmbeddingsView& view) {
    patches = view.patch_count;
    last_level = view.level_dbfs[patches - 1];
  };
  CHECK(store::Store(second).inspect(key_of(2)) == store::RecordState::damaged);
  const store::Store all(folder.path());
  CHECK(all.inspect(key_of(2)) == store::RecordState::intact);
  REQUIRE(all.read(key_of(2), look));
  CHECK(patches == 10);
  const float level = last_level;  // what is damaged in the second shard
  last_level = 0;
  REQUIRE(all.read_patches(key_of(2), 7, 3, look));
  CHECK(patches == 3);
  CHECK(last_level == level);
  CHECK(all.damaged_count() == 0);
  CHECK(all.inspect(key_of(7)) == store::RecordState::missing);
}

TEST_CASE("a truncated shard is to be made again, and no cache to be deleted", "[upkeep]") {
  const testing::TempFolder folder;
  make_shards(folder.path());
  const fs::path data = shards::data_file(folder.path(), {0, kShards});
  fs::permissions(data, fs::perms::owner_all);
  for (const auto size : {fs::file_size(data) - 8192, std::uintmax_t{100}}) {
    fs::resize_file(data, size);
    fs::permissions(data, fs::perms::owner_read);
    CHECK_THROWS_WITH(store_info(data.parent_path()),
                      Catch::Contains("is truncated") &&
                          Catch::Contains("make it again by embedder --missing --redo") &&
                          Catch::EndsWith("--store " + folder.path().string()) && !Catch::Contains("cache"));
    CHECK_THROWS_WITH(store_info(data.parent_path() / ""), Catch::EndsWith("--store " + folder.path().string()));
    fs::permissions(data, fs::perms::owner_all);
  }
}
