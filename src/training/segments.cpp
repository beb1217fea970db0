// SPDX-License-Identifier: Apache-2.0
#include "training/segments.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace soundfold::training {
namespace {

/// [S, R] with weights[r] in the row of r's segment, 0 elsewhere. A matrix product with it sums the rows of each
/// segment: as a batch has few segments that is faster than indexed additions, and its order of additions is fixed.
torch::Tensor membership(const torch::Tensor& weights, const torch::Tensor& segment_of_row,
                         std::int64_t segment_count) {
  return torch::zeros({segment_count, weights.size(0)}, weights.options())
      .scatter(0, segment_of_row.unsqueeze(0), weights.unsqueeze(0));
}

/// Rows to compare with each other: neighbours in a segment; the odd one out with itself. Then `counts`, the rows of
/// each segment, are those that are left.
std::pair<torch::Tensor, torch::Tensor> pair_up(std::vector<std::int64_t>& counts) {
  std::vector<std::int64_t> left, right;
  std::int64_t first = 0;
  for (auto& count : counts) {
    for (std::int64_t row = 0; row < count; row += 2) {
      left.push_back(first + row);
      right.push_back(first + std::min(row + 1, count - 1));
    }
    first += count;
    count = (count + 1) / 2;
  }
  return {torch::tensor(left, torch::kLong), torch::tensor(right, torch::kLong)};
}

}  // namespace

torch::Tensor segment_mean(const torch::Tensor& rows, const torch::Tensor& segment_of_row, std::int64_t segment_count) {
  const auto ones = torch::ones({rows.size(0)}, rows.options());
  const auto members = membership(ones, segment_of_row, segment_count);
  return members.matmul(rows) / members.sum(1, /*keepdim=*/true);
}

torch::Tensor segment_max(const torch::Tensor& rows, const torch::Tensor& segment_of_row, std::int64_t segment_count) {
  // Rounds of maxima of neighbours: each halves the rows. LibTorch's scatter_reduce and amax over dimension 0 are
  // slower (1.13), and the first warns on every run that it may change.
  const auto on_cpu = segment_of_row.bincount({}, segment_count).to(torch::kCPU);
  std::vector<std::int64_t> counts(on_cpu.data_ptr<std::int64_t>(), on_cpu.data_ptr<std::int64_t>() + segment_count);
  auto largest = rows;
  while (largest.size(0) > segment_count) {
    const auto [left, right] = pair_up(counts);
    largest = torch::maximum(largest.index_select(0, left.to(rows.device())),
                             largest.index_select(0, right.to(rows.device())));
  }
  return largest;
}

torch::Tensor segment_softmax_mean(const torch::Tensor& rows, const torch::Tensor& scores,
                                   const torch::Tensor& segment_of_row, std::int64_t segment_count) {
  // Subtracting each segment's largest score keeps exp() in range; it cancels, so no gradient is needed through it.
  const auto largest = segment_max(scores.detach().unsqueeze(1), segment_of_row, segment_count).squeeze(1);
  const auto weights = (scores - largest.index_select(0, segment_of_row)).exp();
  const auto members = membership(weights, segment_of_row, segment_count);
  return members.matmul(rows) / members.sum(1, /*keepdim=*/true);
}

}  // namespace soundfold::training
