// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace soundfold::tensor_files {

/// The largest finite float16 (IEEE 754 binary16).
inline constexpr float kLargestFloat16 = 65504.0F;

/// `value` rounded to the nearest float16 (ties to even), as its 16 bits. Values that round beyond kLargestFloat16 give
/// infinity, NaN gives NaN. The error is at most 2^-11 of the value, or 2^-25 below 2^-14.
std::uint16_t float16_bits(float value);

/// The value of a float16; exact.
float float16_value(std::uint16_t bits);

}  // namespace soundfold::tensor_files
