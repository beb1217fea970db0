// SPDX-License-Identifier: Apache-2.0
#include "search/nearest.h"

#include "support/errors.h"

#include <dnnl.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace soundfold::search {
namespace {

constexpr std::size_t kRowsOfBlock = 4096;
constexpr std::size_t kQueriesOfBlock = 256;

/// The nearest so far, kept as a heap whose front is the farthest of them.
class Nearest {
 public:
  explicit Nearest(std::size_t most) : most_(most) {}

  void add(std::size_t index, float cosine) {
    const Neighbour one{index, cosine};
    if (heap_.size() == most_) {
      if (most_ == 0 || !nearer(one, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), nearer);
      heap_.pop_back();
    }
    heap_.push_back(one);
    std::push_heap(heap_.begin(), heap_.end(), nearer);
  }

  std::vector<Neighbour> sorted() {
    std::sort_heap(heap_.begin(), heap_.end(), nearer);
    return std::move(heap_);
  }

 private:
  static bool nearer(const Neighbour& a, const Neighbour& b) {
    return a.cosine != b.cosine ? a.cosine > b.cosine : a.index < b.index;
  }
  std::size_t most_;
  std::vector<Neighbour> heap_;
};

/// `dots` [queries, rows] of the vectors from `first` on with `queries`.
void multiply(const float* queries, std::size_t query_count, const float* rows, std::size_t row_count, std::size_t size,
              std::vector<float>& dots) {
  dots.resize(query_count * row_count);
  const auto m = static_cast<dnnl_dim_t>(query_count), n = static_cast<dnnl_dim_t>(row_count),
             k = static_cast<dnnl_dim_t>(size);
  if (dnnl_sgemm('N', 'T', m, n, k, 1.0F, queries, k, rows, k, 0.0F, dots.data(), n) != dnnl_success) {
    throw DataError("search: oneDNN could not multiply " + std::to_string(query_count) + " by " +
                    std::to_string(row_count) + " vectors");
  }
}

}  // namespace

std::vector<std::vector<Neighbour>> nearest_of_each(const Vectors& vectors, std::size_t most) {
  std::vector<std::vector<Neighbour>> result;
  result.reserve(vectors.count());
  std::vector<float> dots;
  for (std::size_t from = 0; from < vectors.count(); from += kQueriesOfBlock) {
    const std::size_t queries = std::min(kQueriesOfBlock, vectors.count() - from);
    std::vector<Nearest> nearest(queries, Nearest(most));
    for (std::size_t first = 0; first < vectors.count(); first += kRowsOfBlock) {
      const std::size_t rows = std::min(kRowsOfBlock, vectors.count() - first);
      multiply(vectors.row(from), queries, vectors.row(first), rows, vectors.size, dots);
      for (std::size_t q = 0; q < queries; ++q) {
        for (std::size_t i = 0; i < rows; ++i) {
          if (first + i != from + q) nearest[q].add(first + i, dots[q * rows + i]);
        }
      }
    }
    for (auto& one : nearest) result.push_back(one.sorted());
  }
  return result;
}

}  // namespace soundfold::search
