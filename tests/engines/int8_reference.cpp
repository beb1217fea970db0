// SPDX-License-Identifier: Apache-2.0
#include "engines/int8_reference.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace soundfold::weights::testing {
namespace {

/// The high 32 bits of 2ab, rounded.
std::int32_t rounding_doubling_high_multiply(std::int32_t a, std::int32_t b) {
  const std::int64_t product = std::int64_t{a} * b;
  const std::int64_t half = std::int64_t{1} << 30U;
  return static_cast<std::int32_t>((product + (product >= 0 ? half : 1 - half)) / (std::int64_t{1} << 31U));
}

/// x / 2^exponent to nearest, halves away from zero.
std::int32_t rounding_divide_by_power(std::int32_t x, int exponent) {
  const std::int64_t divisor = std::int64_t{1} << exponent;
  const std::int64_t magnitude = (std::abs(std::int64_t{x}) + divisor / 2) / divisor;
  return static_cast<std::int32_t>(x < 0 ? -magnitude : magnitude);
}

std::int8_t clamped(std::int64_t value, std::int64_t low, std::int64_t high) {
  return static_cast<std::int8_t>(
      std::clamp(value, std::max<std::int64_t>(low, -128), std::min<std::int64_t>(high, 127)));
}

double factor_of(const Int8Image& source, const QuantizedLayer& layer, std::int64_t channel) {
  const std::size_t place = layer.kernel_scales.size() == 1 ? 0 : static_cast<std::size_t>(channel);
  return double{source.scale} * layer.kernel_scales[place] / layer.output_scale;
}

/// Sum of the window at (row, column) of the source; outside lies the zero point, which adds nothing.
std::int32_t window_sum(const Int8Image& image, const network::Layer& layer, const QuantizedLayer& quantized,
                        std::int64_t row, std::int64_t column, std::int64_t channel) {
  const std::int64_t side = layer.kind == network::LayerKind::pointwise ? 1 : 3;
  const bool depthwise = layer.kind == network::LayerKind::depthwise;
  const std::int64_t depth = depthwise ? 1 : layer.in_channels;
  std::int32_t sum = 0;
  for (std::int64_t kr = 0; kr < side; ++kr) {
    for (std::int64_t kc = 0; kc < side; ++kc) {
      const std::int64_t r = row + kr;
      const std::int64_t c = column + kc;
      if (r < 0 || r >= image.rows || c < 0 || c >= image.columns) continue;
      const std::int8_t* source = image.values.data() + (r * image.columns + c) * image.channels;
      const std::int8_t* kernel = quantized.kernel.data() + channel * depth * side * side + kr * side + kc;
      for (std::int64_t d = 0; d < depth; ++d) {
        sum += (source[depthwise ? channel : d] - image.zero_point) * kernel[d * side * side];
      }
    }
  }
  return sum;
}

}  // namespace

std::int32_t multiply_fixed_point(std::int32_t x, double factor, Rounding rounding) {
  int exponent = 0;
  auto multiplier = static_cast<std::int64_t>(std::llround(std::frexp(factor, &exponent) * (std::int64_t{1} << 31U)));
  if (multiplier == std::int64_t{1} << 31U) {
    multiplier /= 2;
    ++exponent;
  }
  if (rounding == Rounding::once) {
    const int shift = 31 - exponent;
    return static_cast<std::int32_t>((x * multiplier + (std::int64_t{1} << (shift - 1))) >> shift);
  }
  const std::int32_t shifted = exponent > 0 ? x * (1 << exponent) : x;
  const std::int32_t high = rounding_doubling_high_multiply(shifted, static_cast<std::int32_t>(multiplier));
  return rounding_divide_by_power(high, std::max(-exponent, 0));
}

Int8Image quantized_patch(const float* patch, const Quantization& quantization) {
  Int8Image image{96, 64, 1, quantization.input_scale, quantization.input_zero_point, {}};
  for (int i = 0; i < 96 * 64; ++i) {
    const auto nearest = static_cast<std::int64_t>(std::round(patch[i] / quantization.input_scale));
    image.values.push_back(clamped(nearest + quantization.input_zero_point, -128, 127));
  }
  return image;
}

Int8Image convolve(const Int8Image& image, const network::Layer& layer, const QuantizedLayer& quantized,
                   network::Activation activation, Rounding rounding) {
  const std::int64_t stride = layer.stride;
  // TensorFlow's SAME: with stride 2 on an even side one row after the end and none before.
  const std::int64_t before = layer.kind != network::LayerKind::pointwise && stride == 1 ? 1 : 0;
  Int8Image output{(image.rows + stride - 1) / stride,
                   (image.columns + stride - 1) / stride,
                   layer.out_channels,
                   quantized.output_scale,
                   quantized.output_zero_point,
                   {}};
  const std::int64_t six = output.zero_point + std::lround(6.0F / output.scale);
  const std::int64_t high = activation == network::Activation::relu6 ? six : 127;
  for (std::int64_t row = 0; row < output.rows; ++row) {
    for (std::int64_t column = 0; column < output.columns; ++column) {
      for (std::int64_t o = 0; o < output.channels; ++o) {
        const std::int32_t sum =
            window_sum(image, layer, quantized, row * stride - before, column * stride - before, o) +
            quantized.bias[static_cast<std::size_t>(o)];
        const std::int64_t scaled = multiply_fixed_point(sum, factor_of(image, quantized, o), rounding);
        output.values.push_back(clamped(scaled + output.zero_point, output.zero_point, high));
      }
    }
  }
  return output;
}

Int8Image mean_of(const Int8Image& image, const Quantization& quantization) {
  Int8Image mean{1, 1, image.channels, quantization.mean_scale, quantization.mean_zero_point, {}};
  const std::int64_t positions = image.rows * image.columns;
  for (std::int64_t c = 0; c < image.channels; ++c) {
    std::int64_t sum = 0;
    for (std::int64_t p = 0; p < positions; ++p) {
      sum += image.values[static_cast<std::size_t>(p * image.channels + c)] - image.zero_point;
    }
    const double real = static_cast<double>(sum) / static_cast<double>(positions) * image.scale;
    mean.values.push_back(clamped(std::llround(real / mean.scale) + mean.zero_point, -128, 127));
  }
  return mean;
}

Int8Image classify(const Int8Image& mean, const QuantizedLayer& classifier, Rounding rounding) {
  const auto classes = static_cast<std::int64_t>(classifier.bias.size());
  Int8Image logits{1, 1, classes, classifier.output_scale, classifier.output_zero_point, {}};
  for (std::int64_t o = 0; o < classes; ++o) {
    std::int32_t sum = classifier.bias[static_cast<std::size_t>(o)];
    const std::int8_t* kernel = classifier.kernel.data() + o * mean.channels;
    for (std::int64_t i = 0; i < mean.channels; ++i) {
      sum += (mean.values[static_cast<std::size_t>(i)] - mean.zero_point) * kernel[i];
    }
    const std::int64_t scaled = multiply_fixed_point(sum, factor_of(mean, classifier, o), rounding);
    logits.values.push_back(clamped(scaled + logits.zero_point, -128, 127));
  }
  return logits;
}

}  // namespace soundfold::weights::testing
