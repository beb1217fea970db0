// SPDX-License-Identifier: Apache-2.0
#include "search/nearest.h"
#include "search/nearest_clips.h"
#include "support/hashing.h"
#include "support/random.h"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace soundfold;

constexpr std::size_t kYamnetEmbedding = 1024, kCedTinyEmbedding = 192;
const std::string kRecipe(32, '0');

/// Made-up vectors of unit length, of values from 0 on as a network's last activation gives them: in a narrow cone.
search::Vectors made_up_vectors(std::size_t count, std::size_t size, std::uint64_t seed) {
  search::Vectors vectors{size, {}};
  vectors.values.reserve(count * size);
  std::uint64_t state = seed * 1'000'000'007;
  for (std::size_t i = 0; i < count * size; ++i) {
    vectors.values.push_back(static_cast<float>(unit_interval(mixed_bits(state++))));
  }
  search::to_unit_length(vectors);
  return vectors;
}

/// A store of so many made-up clips of one patch, of `size` values each, in the system's temporary folder, removed with
/// this object.
class MadeUpStore {
 public:
  MadeUpStore(std::size_t count, std::size_t size)
      : folder_(std::filesystem::temp_directory_path() / ("soundfold_bench." + std::to_string(::getpid()))),
        store_(std::make_unique<store::Store>(folder_)) {
    constexpr std::size_t kAtOnce = 1000;
    for (std::size_t first = 0; first < count; first += kAtOnce) {
      std::vector<store::Store::Record> records;
      const auto vectors = made_up_vectors(kAtOnce, size, first + 1);
      for (std::size_t i = 0; i < std::min(kAtOnce, count - first); ++i) {
        store::ClipEmbeddings clip{
            1, static_cast<std::int64_t>(size), 0, 15'600, {vectors.row(i), vectors.row(i) + size}, {}, {-20}};
        records.push_back({hash_bytes(HashKind::xxh3_128, std::to_string(first + i)) + "-" + kRecipe, clip});
      }
      store_->write(records);
    }
  }
  ~MadeUpStore() {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  MadeUpStore(const MadeUpStore&) = delete;
  MadeUpStore& operator=(const MadeUpStore&) = delete;
  const store::Store& store() const { return *store_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<store::Store> store_;
};

/// The 20 nearest of one query among so many clips of a store: what embedder --like does besides embedding the query.
/// The first search, which makes the file of means, does not count. A million clips of YAMNet take 11 GB in the
/// temporary folder, ten million of CED-tiny 20 GB.
void search_of_clips(benchmark::State& state) {
  const auto clips = static_cast<std::size_t>(state.range(0)), size = static_cast<std::size_t>(state.range(1));
  const MadeUpStore made(clips, size);
  const auto query = made_up_vectors(1, size, 0);
  static_cast<void>(search::nearest_clips(made.store(), kRecipe, query, 21));
  for (auto step : state) {
    static_cast<void>(step);
    benchmark::DoNotOptimize(search::nearest_clips(made.store(), kRecipe, query, 21));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// With SOUNDFOLD_BENCH_LARGE set, ten million clips too.
void sizes_of_search(benchmark::internal::Benchmark* search) {
  for (const std::int64_t clips : {2'000, 100'000, 1'000'000}) search->Args({clips, kYamnetEmbedding});
  if (std::getenv("SOUNDFOLD_BENCH_LARGE") != nullptr) search->Args({10'000'000, kCedTinyEmbedding});
}
BENCHMARK(search_of_clips)->ArgNames({"clips", "values"})->Apply(sizes_of_search)->Unit(benchmark::kMillisecond);

/// Neighbours of every clip with every other, as the data audit needs them.
void search_of_pairs(benchmark::State& state) {
  const auto vectors = made_up_vectors(static_cast<std::size_t>(state.range(0)), kYamnetEmbedding, 1);
  for (auto step : state) {
    static_cast<void>(step);
    benchmark::DoNotOptimize(search::nearest_of_each(vectors, 10));
  }
}
BENCHMARK(search_of_pairs)->Arg(2'000)->Unit(benchmark::kMillisecond);

}  // namespace
