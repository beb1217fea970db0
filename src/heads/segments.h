// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"

#include <cstdint>
#include <utility>
#include <vector>

/// Reductions over runs of rows: the frames of clips, one clip after the other. All are differentiable, give the same
/// bits on every call (no atomic additions, on CUDA either), need finite values, and make no host wait for a device.
/// R rows, S segments, D values.
namespace soundfold::heads {

/// Which rows belong together, and what the reductions need to know of it on the rows' device.
class Segments {
 public:
  Segments() = default;
  /// Segment s has the next counts[s] rows, at least 1.
  explicit Segments(std::vector<std::int64_t> counts, const torch::Device& device = torch::kCPU);
  /// The same for many, with a single copy to the device.
  static std::vector<Segments> make(const std::vector<std::vector<std::int64_t>>& counts, const torch::Device& device);

  std::int64_t count() const { return count_; }
  /// [R] int64: the segment of each row.
  const torch::Tensor& owners() const { return owners_; }

  /// Mean of each segment's rows: [R, D] -> [S, D].
  torch::Tensor mean(const torch::Tensor& rows) const;
  /// Largest value of each segment: [R, D] -> [S, D].
  torch::Tensor max(const torch::Tensor& rows) const;
  /// Mean weighted by the softmax of `scores` [R] within each segment: [R, D] -> [S, D].
  torch::Tensor softmax_mean(const torch::Tensor& rows, const torch::Tensor& scores) const;

 private:
  /// Rows to compare with each other: neighbours in a segment; the odd one out with itself.
  struct Pairs {
    torch::Tensor left, right;  ///< [P] int64
  };
  torch::Tensor membership(const torch::Tensor& weights) const;

  std::int64_t count_ = 0;
  torch::Tensor owners_;
  std::vector<Pairs> rounds_;  ///< each leaves half of the rows, until one is left of each segment
};

}  // namespace soundfold::heads
