// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <cstdint>
#include <vector>

/// The TFLite file's arithmetic in plain loops over integers, as TensorFlow Lite's reference kernels define it: an
/// exact second implementation to hold the engine against.
namespace soundfold::weights::testing {

/// int8 values channels last: [rows, columns, channels].
struct Int8Image {
  std::int64_t rows = 0, columns = 0, channels = 0;
  float scale = 0;
  int zero_point = 0;
  std::vector<std::int8_t> values;
};

/// TensorFlow Lite multiplies a sum by a 31-bit number and then shifts it. By default it rounds after either; built
/// with TFLITE_SINGLE_ROUNDING, and in its XNNPACK kernels, once.
enum class Rounding { twice, once };

/// x times a positive real factor in TFLite's fixed point.
std::int32_t multiply_fixed_point(std::int32_t x, double factor, Rounding rounding);

/// A log-mel patch [96, 64] quantised.
Int8Image quantized_patch(const float* patch, const Quantization& quantization);

/// One layer with SAME padding and ReLU6 (or ReLU).
Int8Image convolve(const Int8Image& image, const network::Layer& layer, const QuantizedLayer& quantized,
                   network::Activation activation, Rounding rounding);

/// The mean over rows and columns: [1, 1, channels].
Int8Image mean_of(const Int8Image& image, const Quantization& quantization);

/// The quantised logits: [1, 1, classes].
Int8Image classify(const Int8Image& mean, const QuantizedLayer& classifier, Rounding rounding);

}  // namespace soundfold::weights::testing
