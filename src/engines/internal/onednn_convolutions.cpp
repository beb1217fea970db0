// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/onednn_convolutions.h"

#include "engines/internal/int8_arithmetic.h"
#include "engines/internal/layer1_windows.h"
#include "frontend/recipe.h"
#include "support/errors.h"
#include "weights/weights.h"

#include <cmath>
#include <utility>

namespace soundfold::engines::onednn {
namespace {

using Type = dnnl::memory::data_type;

/// The convolutions' shapes, without values: 27 layers (or fewer) and the classifier.
std::vector<Convolution> shapes(const weights::Weights& weights) {
  std::vector<Convolution> all;
  std::int64_t rows = frontend::kPatchFrames;
  std::int64_t columns = frontend::kMelBands;
  for (const auto& layer : weights.layers) {
    Convolution c;
    c.name = layer.name;
    c.depthwise = layer.kind == weights::ConvLayer::Kind::depthwise;
    c.in_channels = layer.in_channels;
    c.out_channels = layer.out_channels;
    c.stride = c.depthwise ? layer.stride : 1;
    c.in_rows = rows;
    c.in_columns = columns;
    if (layer.kind != weights::ConvLayer::Kind::pointwise) {
      rows = convolved_size(rows, layer.stride);
      columns = convolved_size(columns, layer.stride);
    }
    if (layer.kind == weights::ConvLayer::Kind::full) {
      c.in_channels = kWindowValues;
      c.in_rows = rows;
      c.in_columns = columns;
    }
    c.out_rows = rows;
    c.out_columns = columns;
    all.push_back(std::move(c));
  }
  Convolution classifier;
  classifier.name = "classifier";
  classifier.in_channels = weights.embedding_size();
  classifier.out_channels = weights.class_count();
  classifier.in_rows = classifier.in_columns = classifier.out_rows = classifier.out_columns = 1;
  all.push_back(std::move(classifier));
  return all;
}

std::int64_t sum_of_kernel(const std::vector<std::int8_t>& kernel, std::size_t channel, std::size_t channels) {
  const std::size_t taps = kernel.size() / channels;
  std::int64_t sum = 0;
  for (std::size_t i = channel * taps; i < (channel + 1) * taps; ++i) sum += kernel[i];
  return sum;
}

/// Fills an int8 convolution of inputs that are held as uint8 with the zero point `source_zero`: subtracting it from
/// each input is the same as subtracting it times the kernel's sum from the bias.
void fill_int8(Convolution& c, const weights::QuantizedLayer& layer, double source_scale, int source_zero) {
  const auto channels = static_cast<std::size_t>(c.out_channels);
  c.source = c.output = Type::u8;
  c.int8_kernel = layer.kernel;
  std::vector<std::int32_t> bias(channels);
  for (std::size_t o = 0; o < channels; ++o) {
    const double kernel_scale = layer.kernel_scales[layer.kernel_scales.size() == 1 ? 0 : o];
    c.channel_factors.push_back(static_cast<float>(source_scale * kernel_scale / layer.output_scale));
    bias[o] = static_cast<std::int32_t>(layer.bias[o] - source_zero * sum_of_kernel(layer.kernel, o, channels));
  }
  c.bias = bias_for_factors(bias, c.channel_factors);
}

/// What uint8's own limits do not do already: ReLU6 where 6 is below the largest quantised value.
std::optional<Eltwise> int8_activation(const weights::QuantizedLayer& layer, weights::Activation activation) {
  const float limit = std::round(6.0F / layer.output_scale);
  if (activation == weights::Activation::relu || limit >= 255.0F) return std::nullopt;
  return Eltwise{dnnl::algorithm::eltwise_clip, 0.0F, limit};
}

void check_zero_point(const weights::QuantizedLayer& layer) {
  if (layer.output_zero_point == -kUint8Shift) return;
  throw DataError("precision int8: " + layer.name + " has an activation with the zero point " +
                  std::to_string(layer.output_zero_point) + "; the engine needs -128. Use float32 or bfloat16");
}

}  // namespace

std::vector<Convolution> float_convolutions(const weights::Weights& weights, Precision precision) {
  std::vector<Convolution> all = shapes(weights);
  const Type type = precision == Precision::bfloat16 ? Type::bf16 : Type::f32;
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    weights::FoldedLayer folded = weights::fold_batch_norm(weights.layers[i]);
    const bool full = weights.layers[i].kind == weights::ConvLayer::Kind::full;
    all[i].float_kernel = full ? window_kernels(folded.kernel) : std::move(folded.kernel);
    all[i].bias = std::move(folded.bias);
    all[i].source = type;
    all[i].output = i + 1 == weights.layers.size() ? Type::f32 : type;
    all[i].eltwise = weights.activation == weights::Activation::relu6
                         ? Eltwise{dnnl::algorithm::eltwise_clip, 0.0F, 6.0F}
                         : Eltwise{dnnl::algorithm::eltwise_relu, 0.0F, 0.0F};
  }
  all.back().float_kernel = weights.classifier_kernel;
  all.back().bias = weights.classifier_bias;
  all.back().eltwise = Eltwise{dnnl::algorithm::eltwise_logistic, 0.0F, 0.0F};
  return all;
}

std::vector<Convolution> int8_convolutions(const weights::Weights& weights) {
  if (!weights.quantization) {
    throw UsageError("precision int8: these weights (" + weights.source +
                     ") are float and have no int8 arithmetic of their own; import YAMNet's TFLite file, or use "
                     "float32 or bfloat16");
  }
  const weights::Quantization& quantization = *weights.quantization;
  std::vector<Convolution> all = shapes(weights);
  double source_scale = quantization.input_scale;
  int source_zero = quantization.input_zero_point + kUint8Shift;
  for (std::size_t i = 0; i < quantization.layers.size(); ++i) {
    const weights::QuantizedLayer& layer = quantization.layers[i];
    check_zero_point(layer);
    fill_int8(all[i], layer, source_scale, source_zero);
    if (weights.layers[i].kind == weights::ConvLayer::Kind::full) all[i].int8_kernel = window_kernels(layer.kernel);
    all[i].eltwise = int8_activation(layer, weights.activation);
    source_scale = layer.output_scale;
    source_zero = 0;
  }
  fill_int8(all.back(), quantization.classifier, quantization.mean_scale, quantization.mean_zero_point + kUint8Shift);
  const auto zero = static_cast<float>(quantization.classifier.output_zero_point + kUint8Shift);
  all.back().eltwise = Eltwise{dnnl::algorithm::eltwise_linear, 1.0F, zero};
  return all;
}

}  // namespace soundfold::engines::onednn
