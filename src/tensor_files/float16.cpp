// SPDX-License-Identifier: Apache-2.0
#include "tensor_files/float16.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace soundfold::tensor_files {
namespace {

constexpr int kMantissaBits = 10;
constexpr int kSmallestExponent = -14;  ///< of normal numbers; below it steps stay 2^-24
constexpr std::uint16_t kInfinityBits = 0x7C00;

}  // namespace

std::uint16_t float16_bits(float value) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | kInfinityBits | 0x200);
  const double magnitude = std::abs(double{value});
  if (magnitude >= 65520.0) return static_cast<std::uint16_t>(sign | kInfinityBits);  // halfway to 2^16 and beyond
  const int exponent = magnitude == 0 ? kSmallestExponent : std::max(std::ilogb(magnitude), kSmallestExponent);
  // Steps of 2^(exponent - 10). 2048 of them carry into the exponent by themselves, as 1024 do below 2^-14.
  const auto steps = static_cast<int>(std::nearbyint(std::ldexp(magnitude, kMantissaBits - exponent)));
  return static_cast<std::uint16_t>(sign | (((exponent - kSmallestExponent) << kMantissaBits) + steps));
}

float float16_value(std::uint16_t bits) {
  const int exponent = (bits >> kMantissaBits) & 0x1F;
  const int mantissa = bits & 0x3FF;
  const float sign = (bits & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 0x1F) {
    return sign * (mantissa == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN());
  }
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), kSmallestExponent - kMantissaBits);
  return sign * std::ldexp(static_cast<float>(mantissa + 1024), exponent - 1 + kSmallestExponent - kMantissaBits);
}

}  // namespace soundfold::tensor_files
