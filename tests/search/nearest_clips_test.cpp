// SPDX-License-Identifier: Apache-2.0
#include "search/nearest_clips.h"

#include "database/environment.h"
#include "search/internal/means_file.h"
#include "store/recipe.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/random.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace soundfold;
using search::Vectors;
namespace fs = std::filesystem;

namespace {

const std::string kRecipe(32, 'a');

store::ClipEmbeddings clip_of(const std::vector<float>& embeddings, std::int64_t size) {
  store::ClipEmbeddings clip;
  clip.patch_count = static_cast<std::int64_t>(embeddings.size()) / size;
  clip.embedding_size = size;
  clip.sample_count = 24'000;
  clip.embeddings = embeddings;
  clip.level_dbfs.resize(static_cast<std::size_t>(clip.patch_count), -20);
  return clip;
}

std::string digest_of(std::size_t number) {
  return hash_bytes(HashKind::xxh3_128, std::to_string(number));
}

constexpr std::size_t kSize = 24;

/// Clip `number`, of one patch: nearly the same vector each time, so that 16 bits do not tell which is the nearest.
std::vector<float> made_up(std::size_t number) {
  Random random(number + 1);
  std::vector<float> values;
  for (std::size_t k = 0; k < kSize; ++k) values.push_back(1.0F + 0.02F * static_cast<float>(random.bell()));
  return values;
}

void write_clips(store::Store& store, std::size_t first, std::size_t count) {
  std::vector<store::Store::Record> records;
  for (std::size_t i = first; i < first + count; ++i) {
    records.push_back({digest_of(i) + "-" + kRecipe, clip_of(made_up(i), kSize)});
  }
  store.write(records);
}

Vectors unit_vector(const std::vector<float>& values) {
  Vectors vectors{values.size(), values};
  search::to_unit_length(vectors);
  return vectors;
}

/// The digests of the nearest clips among the first `count`, by comparing each.
std::vector<std::string> by_comparing_each(const Vectors& query, std::size_t count, std::size_t most) {
  std::vector<std::pair<double, std::string>> all;
  for (std::size_t i = 0; i < count; ++i) {
    const auto one = unit_vector(made_up(i));
    double cosine = 0;
    for (std::size_t k = 0; k < kSize; ++k) {
      cosine += static_cast<double>(one.values[k]) * static_cast<double>(query.values[k]);
    }
    all.emplace_back(-cosine, digest_of(i));
  }
  std::sort(all.begin(), all.end());
  std::vector<std::string> digests;
  for (std::size_t i = 0; i < most; ++i) digests.push_back(all[i].second);
  return digests;
}

std::vector<std::string> digests(const search::StoreSearch& found) {
  std::vector<std::string> result;
  for (const auto& clip : found.nearest) result.push_back(clip.audio_digest);
  return result;
}

}  // namespace

TEST_CASE("the nearest clips of one recipe, and what the store knows of them", "[search]") {
  const testing::TempFolder folder;
  store::Store store(folder / "store");
  const std::string other(32, 'b'), first(32, '1'), second(32, '2'), third(32, '3');
  store.write({{second + "-" + kRecipe, clip_of({0, 2, 0, 4}, 2)},
               {first + "-" + kRecipe, clip_of({3, 4}, 2)},
               {third + "-" + kRecipe, clip_of({-3, -4}, 2)},
               {first + "-" + other, clip_of({1, 1, 1}, 3)}});

  const auto query = unit_vector({1, 0});
  const auto found = search::nearest_clips(store, kRecipe, query, 2);
  CHECK(found.clips == 3);
  CHECK(found.damaged == 0);
  REQUIRE(digests(found) == std::vector<std::string>{first, second});
  CHECK(found.nearest[0].cosine == Approx(0.6));
  CHECK(found.nearest[0].seconds == 1.5);
  CHECK(found.nearest[0].patch_count == 1);
  CHECK(found.nearest[1].cosine == Approx(0).margin(1e-7));
  CHECK(found.nearest[1].patch_count == 2);
  CHECK(search::nearest_clips(store, kRecipe, query, 9).nearest.back().audio_digest == third);
  CHECK(search::nearest_clips(store, kRecipe, query, 0).nearest.empty());
  CHECK(search::nearest_clips(store, std::string(32, 'c'), query, 2).clips == 0);
  CHECK_THROWS_WITH(search::nearest_clips(store, other, query, 2), Catch::Contains("3 values among vectors of 2"));
}

TEST_CASE("a search by means of 16 bits finds what comparing each clip finds", "[search]") {
  const testing::TempFolder folder;
  store::Store store(folder / "store");
  write_clips(store, 0, 600);  // more than two blocks
  const auto file = store::means_file(folder / "store", kRecipe);
  for (std::size_t i = 0; i < 20; ++i) {
    const auto query = unit_vector(made_up(10'000 + i));
    CHECK(digests(search::nearest_clips(store, kRecipe, query, 10)) == by_comparing_each(query, 600, 10));
  }
  CHECK(fs::file_size(file) == 64 + 3 * 24 + 600 * (32 + 2 * kSize));

  write_clips(store, 600, 5);
  const auto query = unit_vector(made_up(602));
  const auto found = search::nearest_clips(store, kRecipe, query, 10);
  CHECK(found.clips == 605);
  CHECK(digests(found) == by_comparing_each(query, 605, 10));
  CHECK(found.nearest[0].audio_digest == digest_of(602));
  CHECK(fs::file_size(file) == 64 + 4 * 24 + 605 * (32 + 2 * kSize));
}

TEST_CASE("means of clips that are gone do not count, and many of them make the file again", "[search]") {
  const testing::TempFolder folder;
  store::Store large(folder / "large"), half(folder / "half"), small(folder / "small");
  write_clips(large, 0, 40);
  write_clips(half, 0, 25);
  write_clips(small, 0, 10);
  const auto query = unit_vector(made_up(30));
  CHECK(search::nearest_clips(large, kRecipe, query, 1).nearest[0].audio_digest == digest_of(30));
  const auto file = [&](const char* store) { return store::means_file(folder / store, kRecipe); };
  fs::copy_file(file("large"), file("half"));
  fs::copy_file(file("large"), file("small"));

  CHECK(digests(search::nearest_clips(half, kRecipe, query, 5)) == by_comparing_each(query, 25, 5));
  CHECK(read_file(file("half")) == read_file(file("large")));
  CHECK(digests(search::nearest_clips(small, kRecipe, query, 5)) == by_comparing_each(query, 10, 5));
  CHECK(fs::file_size(file("small")) == 64 + 24 + 10 * (32 + 2 * kSize));
}

TEST_CASE("a damaged file of means is noticed and repaired", "[search]") {
  const testing::TempFolder folder;
  store::Store store(folder / "store");
  write_clips(store, 0, 300);
  const auto query = unit_vector(made_up(10'000));
  const auto right = digests(search::nearest_clips(store, kRecipe, query, 10));
  const auto file = store::means_file(folder / "store", kRecipe);
  const std::string intact = read_file(file);
  std::vector<std::string> cases{"", "no such file", intact.substr(0, 63), intact.substr(0, 64), intact + "tail"};
  // The header's fields; the first block's, its first and last clip and value; the second block; anywhere.
  for (std::size_t at : {0, 8, 12, 16, 56, 64, 68, 72, 80, 88, 88 + 255 * 32, 88 + 256 * 32, 20'000}) {
    std::string changed = intact;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    cases.push_back(changed);
  }
  for (std::size_t at = 65; at < intact.size(); at += 997) cases.push_back(intact.substr(0, at));
  for (const auto& bytes : cases) {
    write_file_atomically(file, bytes);
    CHECK(digests(search::nearest_clips(store, kRecipe, query, 10)) == right);
    CHECK(read_file(file) == intact);
  }
}

TEST_CASE("a search does without a file of means where it cannot write one", "[search]") {
  const testing::TempFolder folder;
  store::Store store(folder / "store");
  write_clips(store, 0, 300);
  fs::create_directory(store::means_file(folder / "store", kRecipe));
  const auto query = unit_vector(made_up(10'000));
  for (int time = 0; time < 2; ++time) {
    CHECK(digests(search::nearest_clips(store, kRecipe, query, 10)) == by_comparing_each(query, 300, 10));
  }
}

TEST_CASE("a damaged record is left out of a search, whether its mean is known or not", "[search]") {
  const testing::TempFolder folder;
  store::Store store(folder / "store");
  write_clips(store, 0, 20);
  const auto query = unit_vector(made_up(7));
  const bool known = GENERATE(false, true);
  if (known) CHECK(search::nearest_clips(store, kRecipe, query, 1).nearest[0].audio_digest == digest_of(7));
  const auto environment = database::Environment::open(folder / "store", {});
  environment->write([&](database::Transaction& transaction) {
    transaction.put(environment->databases().records, digest_of(7) + "-" + kRecipe, "nothing of a record");
  });
  const auto found = search::nearest_clips(store, kRecipe, query, 20);
  CHECK(found.damaged == 1);
  REQUIRE(found.nearest.size() == 19);
  const auto all = by_comparing_each(query, 20, 20);
  CHECK(digests(found) == std::vector<std::string>(all.begin() + 1, all.end()));
}
