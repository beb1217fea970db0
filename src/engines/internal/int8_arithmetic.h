// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

/// The parts of the TFLite file's arithmetic that are not convolutions. Its int8 values are held as uint8 = int8 + 128:
/// activations, whose zero point is -128, are then plain unsigned numbers with 0 for zero. Private to this room.
namespace soundfold::engines {

/// What int8 values are moved by to be held as uint8.
inline constexpr int kUint8Shift = 128;

/// TFLite's QUANTIZE: round(value / scale) + zero_point, held between -128 and 127 (NaN becomes -128).
void quantize(const float* values, std::int64_t count, float scale, int zero_point, std::uint8_t* quantized);

/// TFLite's MEAN over positions with a change of scale: round(sum * factor) + zero_point, where factor = input scale /
/// (output scale * positions). values [positions, channels] with zero point -128.
void quantized_mean(const std::uint8_t* values, std::int64_t positions, std::int64_t channels, float factor,
                    int zero_point, std::uint8_t* mean);

/// scale * (q - zero_point).
void dequantize(const std::uint8_t* quantized, std::int64_t count, float scale, int zero_point, float* values);

/// The sigmoid of each of the 256 logits there can be, by uint8 value.
std::array<float, 256> sigmoid_table(float scale, int zero_point);

}  // namespace soundfold::engines
