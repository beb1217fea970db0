#include "training/segments.h"

#include <limits>

namespace soundfold::training {
namespace {

/// [S, R] with weights[r] in the row of r's segment, 0 elsewhere. A matrix product with it sums the rows of each
/// segment: as a batch has few segments that is faster than indexed additions, and its order of additions is fixed.
torch::Tensor membership(const torch::Tensor& weights, const torch::Tensor& segment_of_row,
                         std::int64_t segment_count) {
  return torch::zeros({segment_count, weights.size(0)}, weights.options())
      .scatter(0, segment_of_row.unsqueeze(0), weights.unsqueeze(0));
}

}  // namespace

torch::Tensor segment_mean(const torch::Tensor& rows, const torch::Tensor& segment_of_row, std::int64_t segment_count) {
  const auto ones = torch::ones({rows.size(0)}, rows.options());
  const auto members = membership(ones, segment_of_row, segment_count);
  return members.matmul(rows) / members.sum(1, /*keepdim=*/true);
}

torch::Tensor segment_max(const torch::Tensor& rows, const torch::Tensor& segment_of_row, std::int64_t segment_count) {
  const auto lowest =
      torch::full({segment_count, rows.size(1)}, -std::numeric_limits<float>::infinity(), rows.options());
  return lowest.scatter_reduce(0, segment_of_row.unsqueeze(1).expand_as(rows), rows, "amax");
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
