// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/int8_arithmetic.h"

#include <algorithm>
#include <cmath>

namespace soundfold::engines {
namespace {

/// To the nearest uint8. Truncation after adding a half vectorises without instructions beyond the baseline's.
std::uint8_t nearest_uint8(float value) {
  const float above = value + 0.5F > 0.0F ? value + 0.5F : 0.0F;
  return static_cast<std::uint8_t>(static_cast<int>(above < 255.0F ? above : 255.0F));
}

}  // namespace

void quantize(const float* values, std::int64_t count, float scale, int zero_point, std::uint8_t* quantized) {
  const auto zero = static_cast<float>(zero_point + kUint8Shift);
  for (std::int64_t i = 0; i < count; ++i) quantized[i] = nearest_uint8(values[i] / scale + zero);
}

void quantized_mean(const std::uint8_t* values, std::int64_t positions, std::int64_t channels, float factor,
                    int zero_point, std::uint8_t* mean) {
  // Channels in groups, so that the sums of a group stay in registers while its positions are read row by row.
  constexpr std::int64_t kGroup = 64;
  const auto zero = static_cast<float>(zero_point + kUint8Shift);
  for (std::int64_t start = 0; start < channels; start += kGroup) {
    const std::int64_t width = std::min(kGroup, channels - start);
    std::array<std::int32_t, kGroup> sums{};
    for (std::int64_t p = 0; p < positions; ++p) {
      const std::uint8_t* row = values + p * channels + start;
      for (std::int64_t c = 0; c < width; ++c) sums[static_cast<std::size_t>(c)] += row[c];
    }
    for (std::int64_t c = 0; c < width; ++c) {
      mean[start + c] = nearest_uint8(static_cast<float>(sums[static_cast<std::size_t>(c)]) * factor + zero);
    }
  }
}

void dequantize(const std::uint8_t* quantized, std::int64_t count, float scale, int zero_point, float* values) {
  const int zero = zero_point + kUint8Shift;
  for (std::int64_t i = 0; i < count; ++i) values[i] = scale * static_cast<float>(quantized[i] - zero);
}

std::array<float, 256> sigmoid_table(float scale, int zero_point) {
  std::array<float, 256> table{};
  for (int q = 0; q < 256; ++q) {
    const double logit = double{scale} * (q - kUint8Shift - zero_point);
    table[static_cast<std::size_t>(q)] = static_cast<float>(1.0 / (1.0 + std::exp(-logit)));
  }
  return table;
}

}  // namespace soundfold::engines
