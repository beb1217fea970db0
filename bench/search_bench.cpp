// SPDX-License-Identifier: Apache-2.0
#include "search/nearest.h"
#include "support/random.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <map>

namespace {

using namespace soundfold;

constexpr std::size_t kEmbedding = 1024;

/// Made-up means of so many clips, of unit length; made once.
const search::Vectors& made_up_means(std::size_t count) {
  static std::map<std::size_t, search::Vectors> made;
  auto& vectors = made[count];
  if (vectors.count() > 0) return vectors;
  vectors.size = kEmbedding;
  vectors.values.resize(count * kEmbedding);
  std::uint64_t state = 1;
  for (auto& value : vectors.values) value = static_cast<float>(unit_interval(mixed_bits(state++)) - 0.5);
  search::to_unit_length(vectors);
  return vectors;
}

/// The 20 nearest of one query, among so many clips: what embedder --like does besides reading the store.
void search_of_clips(benchmark::State& state) {
  const auto& vectors = made_up_means(static_cast<std::size_t>(state.range(0)));
  for (auto step : state) {
    static_cast<void>(step);
    benchmark::DoNotOptimize(search::nearest_to(vectors, vectors.row(0), 21));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(search_of_clips)->Arg(2'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

/// Neighbours of every clip with every other, as the data audit needs them.
void search_of_pairs(benchmark::State& state) {
  const auto& vectors = made_up_means(static_cast<std::size_t>(state.range(0)));
  for (auto step : state) {
    static_cast<void>(step);
    benchmark::DoNotOptimize(search::nearest_of_each(vectors, 10));
  }
}
BENCHMARK(search_of_pairs)->Arg(2'000)->Unit(benchmark::kMillisecond);

}  // namespace
