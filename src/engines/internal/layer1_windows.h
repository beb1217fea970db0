// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

/// layer1 sees one channel, for which no library has a fast channels-last convolution in every precision. Its windows
/// written out one after the other make it a pointwise convolution. Private to this room.
namespace soundfold::engines {

/// A window's values: 3 rows of 4 columns, the last column with weight 0, so that a row is one copy of 4 values and
/// int8 and bfloat16 dot products (4 and 2 values at a time) come out even.
inline constexpr std::int64_t kWindowValues = 12;

/// Output rows or columns of a 3x3 convolution with TensorFlow's SAME padding as the network uses it: with stride 2 one
/// row after the end, with stride 1 one on either side.
std::int64_t convolved_size(std::int64_t size, int stride);

/// Writes the windows of patches one by one. Keeps one padded patch, so an object serves one thread.
template <typename Value>
class Layer1Windows {
 public:
  /// `padding` is what lies around the patch: 0, or the zero point.
  Layer1Windows(int stride, Value padding);

  /// Where the caller writes row `row` (64 values) of the patch; the padding around it stays.
  Value* row(std::int64_t row);
  /// Writes [rows * columns, 12] windows of the patch, rows and columns being convolved_size() of 96 and 64; returns
  /// where they end.
  Value* write(Value* windows) const;

 private:
  int stride_;
  std::int64_t before_;
  std::vector<Value> padded_;
};

/// [out, 3, 3] kernels as [out, 12], with 0 for the fourth column.
template <typename Value>
std::vector<Value> window_kernels(const std::vector<Value>& kernels);

}  // namespace soundfold::engines
