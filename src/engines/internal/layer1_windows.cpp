// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/layer1_windows.h"

#include <cstring>

namespace soundfold::engines {

template <typename Value>
Layer1Windows<Value>::Layer1Windows(const network::Layer& layer1, const network::MapShape& patch, Value padding)
    : patch_(patch),
      stride_(layer1.stride),
      before_(layer1.padding_before()),
      // Room for a padding column on either side and for the fourth column of the last window.
      padded_columns_(patch.bands + 3),
      out_rows_(layer1.convolved(patch.frames)),
      out_columns_(layer1.convolved(patch.bands)),
      padded_(static_cast<std::size_t>((patch.frames + 2) * padded_columns_), padding) {}

template <typename Value>
Value* Layer1Windows<Value>::row(std::int64_t row) {
  return padded_.data() + (row + before_) * padded_columns_ + before_;
}

template <typename Value>
Value* Layer1Windows<Value>::write(Value* windows) const {
  for (std::int64_t r = 0; r < out_rows_; ++r) {
    for (std::int64_t c = 0; c < out_columns_; ++c) {
      const Value* corner = padded_.data() + r * stride_ * padded_columns_ + c * stride_;
      std::memcpy(windows, corner, 4 * sizeof(Value));
      std::memcpy(windows + 4, corner + padded_columns_, 4 * sizeof(Value));
      std::memcpy(windows + 8, corner + 2 * padded_columns_, 4 * sizeof(Value));
      windows += kWindowValues;
    }
  }
  return windows;
}

template <typename Value>
std::vector<Value> window_kernels(const std::vector<Value>& kernels) {
  std::vector<Value> widened(kernels.size() / 9 * kWindowValues, Value{0});
  for (std::size_t i = 0; i < kernels.size(); ++i) widened[i / 3 * 4 + i % 3] = kernels[i];
  return widened;
}

template class Layer1Windows<float>;
template class Layer1Windows<std::uint16_t>;
template class Layer1Windows<std::uint8_t>;
template std::vector<float> window_kernels(const std::vector<float>&);
template std::vector<std::int8_t> window_kernels(const std::vector<std::int8_t>&);

}  // namespace soundfold::engines
