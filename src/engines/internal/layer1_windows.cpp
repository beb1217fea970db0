// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/layer1_windows.h"

#include "frontend/recipe.h"

#include <cstring>

namespace soundfold::engines {
namespace {

constexpr std::int64_t kRows = frontend::kPatchFrames;
constexpr std::int64_t kColumns = frontend::kMelBands;
/// Room for a padding column on either side and for the fourth column of the last window.
constexpr std::int64_t kPaddedColumns = kColumns + 3;

}  // namespace

std::int64_t convolved_size(std::int64_t size, int stride) {
  const std::int64_t padding = stride == 1 ? 2 : 1;
  return (size + padding - 3) / stride + 1;
}

template <typename Value>
Layer1Windows<Value>::Layer1Windows(int stride, Value padding)
    : stride_(stride),
      before_(stride == 1 ? 1 : 0),
      padded_(static_cast<std::size_t>((kRows + 2) * kPaddedColumns), padding) {}

template <typename Value>
Value* Layer1Windows<Value>::row(std::int64_t row) {
  return padded_.data() + (row + before_) * kPaddedColumns + before_;
}

template <typename Value>
Value* Layer1Windows<Value>::write(Value* windows) const {
  const std::int64_t rows = convolved_size(kRows, stride_);
  const std::int64_t columns = convolved_size(kColumns, stride_);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      const Value* corner = padded_.data() + r * stride_ * kPaddedColumns + c * stride_;
      std::memcpy(windows, corner, 4 * sizeof(Value));
      std::memcpy(windows + 4, corner + kPaddedColumns, 4 * sizeof(Value));
      std::memcpy(windows + 8, corner + 2 * kPaddedColumns, 4 * sizeof(Value));
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
