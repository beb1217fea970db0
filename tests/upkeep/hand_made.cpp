// SPDX-License-Identifier: Apache-2.0
#include "upkeep/hand_made.h"

#include "database/environment.h"
#include "extraction/fixtures.h"
#include "store/internal/part_reader.h"
#include "store/record_format.h"
#include "support/hashing.h"

#include <algorithm>
#include <stdexcept>

namespace soundfold::testing {
namespace {

constexpr int kPatches = 10, kValues = 1024, kScores = 521;

store::ClipEmbeddings clip_of(int clip, int seed) {
  return made_up_clip(kPatches, kValues, kScores, 1000 * seed + clip);
}

}  // namespace

store::Recipe recipe_of(int patch_hop_frames) {
  store::Recipe recipe;
  recipe.weights_digest = "made-up";
  recipe.arithmetic = "onednn float32";
  recipe.patch_hop_frames = patch_hop_frames;
  return recipe;
}

std::string audio_digest_of(int clip) {
  return hash_bytes(HashKind::xxh3_128, "clip " + std::to_string(clip));
}

std::string key_of(int clip, int patch_hop_frames) {
  return store::record_key(audio_digest_of(clip), recipe_of(patch_hop_frames));
}

void add_clips(const std::filesystem::path& folder, int first, int end, int patch_hop_frames, int seed) {
  store::Store store(folder);
  store.remember_recipe(recipe_of(patch_hop_frames));
  for (int clip = first; clip < end; clip += 50) {
    std::vector<store::Store::Record> records;
    for (int i = clip; i < std::min(end, clip + 50); ++i) {
      records.push_back({key_of(i, patch_hop_frames), clip_of(i, seed)});
    }
    store.write(records);
  }
}

void add_long_clip(const std::filesystem::path& folder, int clip) {
  store::Store store(folder);
  std::vector<std::uint64_t> checksums;
  std::vector<store::Store::Record> records;
  for (int part = 0; part < 3; ++part) {
    auto value = made_up_clip(2, kValues, kScores, 10 * clip + part);
    checksums.push_back(store::part_checksum(value));
    records.push_back({key_of(clip), std::move(value), part});
  }
  store::ClipEmbeddings sizes;
  sizes.patch_count = 6;
  sizes.embedding_size = kValues;
  sizes.score_count = kScores;
  records.push_back({key_of(clip), sizes, -1, checksums});
  store.write(records);
}

void change_entry(const std::filesystem::path& folder, Place place, const std::string& key,
                  const std::function<void(std::string&)>& change) {
  const auto environment = database::Environment::open(folder, {});
  const auto& databases = environment->databases();
  environment->write([&](database::Transaction& transaction) {
    const MDB_dbi database = place == Place::records ? databases.records
                             : place == Place::parts ? databases.parts
                                                     : databases.recipes;
    std::string_view present;
    if (!transaction.get(database, key, present)) throw std::runtime_error("no entry " + key);
    std::string bytes(present);
    change(bytes);
    transaction.put(database, key, bytes);
  });
}

void damage_record(const std::filesystem::path& folder, int clip, int patch_hop_frames) {
  change_entry(folder, Place::records, key_of(clip, patch_hop_frames),
               [](std::string& bytes) { bytes.back() = static_cast<char>(bytes.back() ^ 1); });
}

int intact_clips(const std::filesystem::path& folder, int end, int patch_hop_frames, int seed) {
  const store::Store store(folder);
  int intact = 0;
  for (int clip = 0; clip < end; ++clip) {
    store.read(key_of(clip, patch_hop_frames),
               [&](const store::ClipEmbeddingsView& view) { intact += equal(clip_of(clip, seed), view) ? 1 : 0; });
  }
  return intact;
}

}  // namespace soundfold::testing
