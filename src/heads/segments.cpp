// SPDX-License-Identifier: Apache-2.0
#include "heads/segments.h"

#include <algorithm>

namespace soundfold::heads {
namespace {

/// Appends the places of the pairs of one round; then `counts`, the rows of each segment, are those that are left.
void append_round(std::vector<std::int64_t>& counts, std::vector<std::int64_t>& places) {
  std::int64_t first = 0;
  std::vector<std::int64_t> right;
  for (auto& count : counts) {
    for (std::int64_t row = 0; row < count; row += 2) {
      places.push_back(first + row);
      right.push_back(first + std::min(row + 1, count - 1));
    }
    first += count;
    count = (count + 1) / 2;
  }
  places.insert(places.end(), right.begin(), right.end());
}

/// How the indices of one Segments lie in the common tensor.
struct Layout {
  std::int64_t segments = 0, rows = 0;
  std::vector<std::int64_t> pairs;  ///< of each round
};

Layout append(std::vector<std::int64_t> counts, std::vector<std::int64_t>& indices) {
  Layout layout;
  layout.segments = static_cast<std::int64_t>(counts.size());
  const auto begin = indices.size();
  for (std::size_t segment = 0; segment < counts.size(); ++segment) {
    indices.insert(indices.end(), static_cast<std::size_t>(counts[segment]), static_cast<std::int64_t>(segment));
  }
  layout.rows = static_cast<std::int64_t>(indices.size() - begin);
  while (std::any_of(counts.begin(), counts.end(), [](std::int64_t count) { return count > 1; })) {
    const auto before = indices.size();
    append_round(counts, indices);
    layout.pairs.push_back(static_cast<std::int64_t>(indices.size() - before) / 2);
  }
  return layout;
}

}  // namespace

Segments::Segments(std::vector<std::int64_t> counts, const torch::Device& device)
    : Segments(make({std::move(counts)}, device)[0]) {}

std::vector<Segments> Segments::make(const std::vector<std::vector<std::int64_t>>& counts,
                                     const torch::Device& device) {
  std::vector<std::int64_t> indices;
  std::vector<Layout> layouts;
  for (const auto& each : counts) layouts.push_back(append(each, indices));
  const auto all = torch::tensor(indices, torch::kLong).to(device);
  std::int64_t place = 0;
  const auto take = [&](std::int64_t length) {
    place += length;
    return all.narrow(0, place - length, length);
  };
  std::vector<Segments> made;
  for (const auto& layout : layouts) {
    Segments segments;
    segments.count_ = layout.segments;
    segments.owners_ = take(layout.rows);
    for (const auto pairs : layout.pairs) {
      const auto left = take(pairs);
      segments.rounds_.push_back({left, take(pairs)});
    }
    made.push_back(std::move(segments));
  }
  return made;
}

/// [S, R] with weights[r] in the row of r's segment, 0 elsewhere. A matrix product with it sums the rows of each
/// segment: as a batch has few segments that is faster than indexed additions, and its order of additions is fixed.
torch::Tensor Segments::membership(const torch::Tensor& weights) const {
  return torch::zeros({count_, weights.size(0)}, weights.options())
      .scatter(0, owners_.unsqueeze(0), weights.unsqueeze(0));
}

torch::Tensor Segments::mean(const torch::Tensor& rows) const {
  const auto members = membership(torch::ones({rows.size(0)}, rows.options()));
  return members.matmul(rows) / members.sum(1, /*keepdim=*/true);
}

torch::Tensor Segments::max(const torch::Tensor& rows) const {
  // Rounds of maxima of neighbours. LibTorch's scatter_reduce and amax over dimension 0 are slower, and the
  // first warns on every run that it may change.
  auto largest = rows;
  for (const auto& [left, right] : rounds_) {
    largest = torch::maximum(largest.index_select(0, left), largest.index_select(0, right));
  }
  return largest;
}

torch::Tensor Segments::softmax_mean(const torch::Tensor& rows, const torch::Tensor& scores) const {
  // Subtracting each segment's largest score keeps exp() in range; it cancels, so no gradient is needed through it.
  const auto largest = max(scores.detach().unsqueeze(1)).squeeze(1);
  const auto weights = (scores - largest.index_select(0, owners_)).exp();
  const auto members = membership(weights);
  return members.matmul(rows) / members.sum(1, /*keepdim=*/true);
}

}  // namespace soundfold::heads
