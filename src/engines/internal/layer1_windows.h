// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/description.h"

#include <cstdint>
#include <vector>

/// layer1 sees one channel, for which no library has a fast channels-last convolution in every precision. Its windows
/// written out one after the other make it a pointwise convolution. Private to this room.
namespace soundfold::engines {

/// A window's values: 3 rows of 4 columns, the last column with weight 0, so that a row is one copy of 4 values and
/// int8 and bfloat16 dot products (4 and 2 values at a time) come out even.
inline constexpr std::int64_t kWindowValues = 12;

/// Sides of the kernels that windows are made for.
inline constexpr int kWindowSide = 3;

/// Writes the windows of patches one by one. Keeps one padded patch, so an object serves one thread.
template <typename Value>
class Layer1Windows {
 public:
  /// For `layer1`, whose side is kWindowSide, on patches of the shape `patch`; `padding` is what lies around them: 0,
  /// or the zero point.
  Layer1Windows(const network::Layer& layer1, const network::MapShape& patch, Value padding);

  std::int64_t rows() const { return patch_.frames; }
  std::int64_t columns() const { return patch_.bands; }
  /// Where the caller writes row `row` (columns() values) of the patch; the padding around it stays.
  Value* row(std::int64_t row);
  /// Writes [rows * columns of layer1's output, 12] windows of the patch; returns where they end.
  Value* write(Value* windows) const;

 private:
  network::MapShape patch_;
  std::int64_t stride_, before_, padded_columns_, out_rows_, out_columns_;
  std::vector<Value> padded_;
};

/// [out, 3, 3] kernels as [out, 12], with 0 for the fourth column.
template <typename Value>
std::vector<Value> window_kernels(const std::vector<Value>& kernels);

}  // namespace soundfold::engines
