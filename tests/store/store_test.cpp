// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include "database/environment.h"
#include "database/internal/lmdb_file.h"
#include "extraction/fixtures.h"
#include "store/record_format.h"
#include "support/errors.h"
#include "support/hashing.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <thread>

using namespace soundfold;
using namespace soundfold::store;
using testing::made_up_clip;

TEST_CASE("a record reads back, zero-copy, and survives closing", "[store]") {
  const testing::TempFolder folder;
  // The first is large enough for pages of its own, the second lies unaligned inside a page.
  const auto large = made_up_clip(11, 1024, 521, 3);
  const auto small = made_up_clip(1, 3, 2, 5);
  const auto no_scores = made_up_clip(2, 4, 0, 7);
  {
    Store store(folder / "store");
    store.write({{"large", large}, {"small", small}, {"none", no_scores}});
    CHECK(store.record_count() == 3);
  }
  const Store store(folder / "store");
  CHECK(store.record_count() == 3);
  for (const auto& [key, clip] : {std::pair("large", large), {"small", small}, {"none", no_scores}}) {
    bool same = false;
    std::uintptr_t address = 1;
    CHECK(store.read(key, [&](const ClipEmbeddingsView& view) {
      same = testing::equal(clip, view);
      address = reinterpret_cast<std::uintptr_t>(view.embeddings);
    }));
    CHECK(same);
    CHECK(address % alignof(float) == 0);
  }
  std::int64_t patches = 0;
  CHECK(store.inspect("large", &patches) == RecordState::intact);
  CHECK(patches == 11);
  CHECK(store.inspect("other") == RecordState::missing);
  CHECK_FALSE(store.read("other", [](const ClipEmbeddingsView&) { FAIL("there is no such record"); }));
  CHECK(store.damaged_count() == 0);
}

TEST_CASE("writing again replaces, and of equal keys the last counts", "[store]") {
  const testing::TempFolder folder;
  Store store(folder.path());
  store.write({{"a", made_up_clip(2, 8, 3, 1)}, {"a", made_up_clip(5, 8, 3, 2)}});
  CHECK(testing::stored(store, "a").patch_count == 5);
  store.write({{"a", made_up_clip(7, 8, 3, 3)}});
  CHECK(testing::stored(store, "a").patch_count == 7);
  CHECK(store.record_count() == 1);
  store.write({});
  CHECK(store.record_count() == 1);
}

TEST_CASE("impossible records and keys are usage errors and change nothing", "[store]") {
  const testing::TempFolder folder;
  Store store(folder.path());
  auto clip = made_up_clip(2, 8, 3, 1);
  clip.level_dbfs.pop_back();
  CHECK_THROWS_AS(store.write({{"good", made_up_clip(1, 8, 3, 1)}, {"bad", clip}}), UsageError);
  CHECK_THROWS_AS(store.write({{"empty", ClipEmbeddings{}}}), UsageError);
  CHECK_THROWS_AS(store.write({{"", made_up_clip(1, 8, 3, 1)}}), UsageError);
  CHECK_THROWS_AS(store.write({{std::string(512, 'k'), made_up_clip(1, 8, 3, 1)}}), UsageError);
  CHECK(store.record_count() == 0);
}

TEST_CASE("the map grows past its first size without losing anything", "[store]") {
  const testing::TempFolder folder;
  StoreOptions options;
  options.initial_map_bytes = 256 * 1024;
  Store store(folder.path(), options);
  REQUIRE(store.map_bytes() == 256 * 1024);
  for (int batch = 0; batch < 8; ++batch) {
    std::vector<Store::Record> records;
    for (int i = 0; i < 8; ++i) {
      const int seed = batch * 8 + i;
      records.push_back({"key " + std::to_string(seed), made_up_clip(10, 1024, 521, seed)});
    }
    store.write(records);
  }
  CHECK(store.map_bytes() >= 4 * 1024 * 1024);
  CHECK(store.record_count() == 64);
  for (int seed = 0; seed < 64; ++seed) {
    const auto clip = testing::stored(store, "key " + std::to_string(seed));
    CHECK(clip.embeddings == made_up_clip(10, 1024, 521, seed).embeddings);
  }
}

TEST_CASE("two objects on one folder share what they write, in any order of closing", "[store]") {
  const testing::TempFolder folder;
  auto first = std::make_unique<Store>(folder / "store");
  auto second = std::make_unique<Store>(folder / "x/../store/.");
  first->write({{"a", made_up_clip(1, 8, 3, 1)}});
  CHECK(second->inspect("a") == RecordState::intact);
  first.reset();
  second->write({{"b", made_up_clip(1, 8, 3, 2)}});
  second.reset();
  const Store again(folder / "store");
  CHECK(again.record_count() == 2);
}

TEST_CASE("threads open, read, write and grow one store at once", "[store]") {
  const testing::TempFolder folder;
  StoreOptions options;
  options.initial_map_bytes = 128 * 1024;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        Store store(folder.path(), options);
        const std::string key = std::to_string(t) + "/" + std::to_string(i);
        const auto clip = made_up_clip(3, 1024, 521, i);
        store.write({{key, clip}});
        store.read(key, [&](const ClipEmbeddingsView& view) { wrong += testing::equal(clip, view) ? 0 : 1; });
        wrong += store.inspect(key) == RecordState::intact ? 0 : 1;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(Store(folder.path()).record_count() == 40);
}

TEST_CASE("file digests are remembered by path and state", "[store]") {
  const testing::TempFolder folder;
  const std::string long_name(2000, 'n');  // longer than LMDB's keys
  const FileState state{100, 5, 6, 7};
  {
    Store store(folder / "store");
    store.remember({{folder / "a.wav", state, "digest-a"}, {folder / long_name, {1, -2, -3, 4}, "digest-b"}});
  }
  Store store(folder / "store");
  CHECK(store.remembered(folder / "a.wav", state) == "digest-a");
  CHECK(store.remembered(folder / "x/../a.wav", state) == "digest-a");
  CHECK(store.remembered(folder / long_name, {1, -2, -3, 4}) == "digest-b");
  for (const FileState& other : {FileState{101, 5, 6, 7}, FileState{100, 4, 6, 7}, FileState{100, 5, 8, 7},
                                 FileState{100, 5, 6, 9}, FileState{10, 5, 6, 7}, FileState{}}) {
    CAPTURE(other.text());
    CHECK_FALSE(store.remembered(folder / "a.wav", other));
  }
  CHECK_FALSE(store.remembered(folder / "b.wav", state));
  store.remember({{folder / "a.wav", {200, 9, 9, 9}, "digest-c"}});
  CHECK_FALSE(store.remembered(folder / "a.wav", state));
  CHECK(store.remembered(folder / "a.wav", {200, 9, 9, 9}) == "digest-c");
}

TEST_CASE("file digests that the first programs remembered, without inode and time of change, are misses", "[store]") {
  const testing::TempFolder folder;
  const std::string path = (folder / "a.wav").string();
  const Store store(folder / "store");
  const auto environment = database::Environment::open(folder / "store", {});
  environment->write([&](database::Transaction& transaction) {
    transaction.put(environment->databases().files, hash_bytes(HashKind::xxh3_128, path),
                    "100 5 0123456789abcdef0123456789abcdef\n" + path);
  });
  CHECK_FALSE(store.remembered(path, {100, 5, 0, 0}));
  CHECK_FALSE(store.remembered(path, {100, 5, 5, 7}));
}

TEST_CASE("recipes are kept once, as text", "[store]") {
  const testing::TempFolder folder;
  Store store(folder.path());
  Recipe recipe;
  store.remember_recipe(recipe);
  store.remember_recipe(recipe);
  CHECK(store.recipes() == std::vector<std::string>{recipe.text()});
  recipe.patch_hop_frames = 24;
  store.remember_recipe(recipe);
  CHECK(store.recipes().size() == 2);
}

TEST_CASE("places where a store cannot be are named", "[store]") {
  const testing::TempFolder folder;
  std::ofstream(folder / "file") << "x";
  CHECK_THROWS_WITH(Store(folder / "file"),
                    Catch::Contains("file of that name exists") || Catch::Contains("cannot make the folder"));
  CHECK(database::network_file_system(0x6969) == "NFS");
  CHECK(database::network_file_system(0xFF534D42) == "CIFS");
  CHECK(database::network_file_system(0xEF53).empty());  // ext4
}

TEST_CASE("a record in parts is damaged when a part is missing, changed or of another size", "[store]") {
  const testing::TempFolder folder;
  Store store(folder / "store");
  const auto part = [](int seed) { return testing::made_up_clip(2, 4, 3, seed); };
  ClipEmbeddings sizes;
  sizes.patch_count = 4;
  sizes.embedding_size = 4;
  sizes.score_count = 3;
  sizes.sample_count = 33'000;
  const std::vector<std::uint64_t> checksums = {part_checksum(part(1)), part_checksum(part(2))};
  const auto read = [&] { return store.inspect("key"); };

  store.write({{"key", part(1), 0}, {"key", sizes, -1, checksums}});
  CHECK(read() == RecordState::damaged);  // the second part is missing
  store.write({{"key", part(2), 1}});
  CHECK(read() == RecordState::intact);
  const auto whole = testing::stored(store, "key");
  CHECK(whole.patch_count == 4);
  CHECK(whole.sample_count == 33'000);
  CHECK(std::equal(whole.embeddings.begin() + 8, whole.embeddings.end(), part(2).embeddings.begin()));
  CHECK(store.record_count() == 1);

  store.write({{"key", part(3), 1}});
  CHECK(read() == RecordState::damaged);  // another program's part in its place
  store.write({{"key", testing::made_up_clip(2, 5, 3, 2), 1}});
  CHECK(read() == RecordState::damaged);
  store.write({{"key", part(2), 1}});
  sizes.patch_count = 5;
  store.write({{"key", sizes, -1, checksums}});
  CHECK(read() == RecordState::damaged);
  store.write({{"key", part(4)}});
  CHECK(read() == RecordState::intact);  // written over as a whole
  CHECK(testing::stored(store, "key").patch_count == 2);
}

TEST_CASE("some patches of a record are those of the whole, in a record of parts too", "[store]") {
  const testing::TempFolder folder;
  Store store(folder / "store");
  // The second lies unaligned inside a page; the third is in parts of 2, 3 and 1 patches.
  const auto large = testing::made_up_clip(9, 1024, 521, 3), small = testing::made_up_clip(3, 3, 2, 5);
  store.write({{"large", large}, {"small", small}});
  ClipEmbeddings sizes;
  sizes.patch_count = 6;
  sizes.embedding_size = 4;
  sizes.score_count = 3;
  std::vector<std::uint64_t> checksums;
  const std::int64_t lengths[] = {2, 3, 1};
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto part = testing::made_up_clip(lengths[i], 4, 3, 10 + static_cast<int>(i));
    checksums.push_back(part_checksum(part));
    store.write({{"parts", part, i}});
  }
  store.write({{"parts", sizes, -1, checksums}});

  for (const char* key : {"large", "small", "parts"}) {
    const auto whole = testing::stored(store, key);
    const auto values = whole.embedding_size, scores = whole.score_count;
    for (std::int64_t first = 0; first < whole.patch_count; ++first) {
      for (std::int64_t count = 1; first + count <= whole.patch_count; ++count) {
        std::int64_t next = first;
        bool same = true;
        const bool found = store.read_patches(key, first, count, [&](const ClipEmbeddingsView& view) {
          const auto n = view.patch_count;
          same = same &&
                 std::equal(view.embeddings, view.embeddings + n * values, whole.embeddings.begin() + next * values) &&
                 std::equal(view.scores, view.scores + n * scores, whole.scores.begin() + next * scores) &&
                 std::equal(view.level_dbfs, view.level_dbfs + n, whole.level_dbfs.begin() + next);
          next += n;
        });
        INFO(key << " from " << first << ", " << count << " patches");
        CHECK(found);
        CHECK(same);
        CHECK(next == first + count);
      }
    }
    CHECK_FALSE(store.read_patches(key, whole.patch_count, 1, [](const auto&) { FAIL("there is no such patch"); }));
  }
  CHECK_FALSE(store.read_patches("other", 0, 1, [](const auto&) { FAIL("there is no such record"); }));
}
