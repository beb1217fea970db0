// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <cstdint>

/// Reductions over runs of rows: rows of a segment are adjacent, every segment has at least one. All are
/// differentiable, give the same bits on every call (no atomic additions, on CUDA either), and need finite values. R
/// rows, S segments, D values; `segment_of_row` [R] int64.
namespace soundfold::training {

/// Mean of each segment's rows: [R, D] -> [S, D].
torch::Tensor segment_mean(const torch::Tensor& rows, const torch::Tensor& segment_of_row, std::int64_t segment_count);

/// Largest value of each segment: [R, D] -> [S, D].
torch::Tensor segment_max(const torch::Tensor& rows, const torch::Tensor& segment_of_row, std::int64_t segment_count);

/// Mean weighted by the softmax of `scores` [R] within each segment: [R, D] -> [S, D].
torch::Tensor segment_softmax_mean(const torch::Tensor& rows, const torch::Tensor& scores,
                                   const torch::Tensor& segment_of_row, std::int64_t segment_count);

}  // namespace soundfold::training
