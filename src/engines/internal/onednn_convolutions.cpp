// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/onednn_convolutions.h"

#include "engines/internal/int8_arithmetic.h"
#include "engines/internal/layer1_windows.h"
#include "support/errors.h"
#include "weights/weights.h"

#include <cmath>
#include <utility>

namespace soundfold::engines::onednn {
namespace {

using Type = dnnl::memory::data_type;

/// layer1 takes its windows, which are a pointwise convolution's inputs.
void become_windows(Convolution& layer1) {
  if (layer1.side != kWindowSide || layer1.in_channels != 1) {
    throw UsageError("engine onednn: " + layer1.name + " has a kernel of " + std::to_string(layer1.side) + " by " +
                     std::to_string(layer1.side) + "; only 3 by 3 is supported");
  }
  layer1.side = layer1.stride = 1;
  layer1.padding_before = layer1.padding_after = 0;
  layer1.in_channels = kWindowValues;
  layer1.in_rows = layer1.out_rows;
  layer1.in_columns = layer1.out_columns;
}

/// The convolutions' shapes, without values: the layers and the classifier.
std::vector<Convolution> shapes(const network::Description& network) {
  std::vector<Convolution> all;
  const auto maps = network::maps(network);
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const network::Layer& layer = network.layers[i];
    Convolution c;
    c.name = layer.name;
    c.depthwise = layer.kind == network::LayerKind::depthwise;
    c.side = layer.side;
    c.stride = layer.stride;
    c.padding_before = layer.padding_before();
    c.padding_after = layer.padding_after();
    c.in_channels = layer.in_channels;
    c.out_channels = layer.out_channels;
    c.in_rows = maps[i].frames;
    c.in_columns = maps[i].bands;
    c.out_rows = maps[i + 1].frames;
    c.out_columns = maps[i + 1].bands;
    if (i == 0) become_windows(c);
    all.push_back(std::move(c));
  }
  Convolution classifier;
  classifier.name = "classifier";
  classifier.in_channels = network.embedding_size();
  classifier.out_channels = network.class_count;
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
  c.bias = primitives::bias_for_factors(bias, c.channel_factors);
}

/// What uint8's own limits do not do already: ReLU6 where 6 is below the largest quantised value.
std::optional<Eltwise> int8_activation(const weights::QuantizedLayer& layer, network::Activation activation) {
  const float limit = std::round(6.0F / layer.output_scale);
  if (activation == network::Activation::relu || limit >= 255.0F) return std::nullopt;
  return Eltwise{dnnl::algorithm::eltwise_clip, 0.0F, limit};
}

void check_zero_point(const weights::QuantizedLayer& layer) {
  if (layer.output_zero_point == -kUint8Shift) return;
  throw DataError("precision int8: " + layer.name + " has an activation with the zero point " +
                  std::to_string(layer.output_zero_point) + "; the engine needs -128. Use float32 or bfloat16");
}

}  // namespace

std::vector<Convolution> float_convolutions(const weights::Weights& weights, Precision precision) {
  std::vector<Convolution> all = shapes(weights.network);
  const Type type = precision == Precision::bfloat16 ? Type::bf16 : Type::f32;
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    network::FoldedLayer folded = weights.folded(i);
    all[i].float_kernel = i == 0 ? window_kernels(folded.kernel) : std::move(folded.kernel);
    all[i].bias = std::move(folded.bias);
    all[i].source = type;
    all[i].output = i + 1 == weights.layers.size() ? Type::f32 : type;
    all[i].eltwise = weights.network.activation == network::Activation::relu6
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
  std::vector<Convolution> all = shapes(weights.network);
  double source_scale = quantization.input_scale;
  int source_zero = quantization.input_zero_point + kUint8Shift;
  for (std::size_t i = 0; i < quantization.layers.size(); ++i) {
    const weights::QuantizedLayer& layer = quantization.layers[i];
    check_zero_point(layer);
    fill_int8(all[i], layer, source_scale, source_zero);
    if (i == 0) all[i].int8_kernel = window_kernels(layer.kernel);
    all[i].eltwise = int8_activation(layer, weights.network.activation);
    source_scale = layer.output_scale;
    source_zero = 0;
  }
  fill_int8(all.back(), quantization.classifier, quantization.mean_scale, quantization.mean_zero_point + kUint8Shift);
  const auto zero = static_cast<float>(quantization.classifier.output_zero_point + kUint8Shift);
  all.back().eltwise = Eltwise{dnnl::algorithm::eltwise_linear, 1.0F, zero};
  return all;
}

}  // namespace soundfold::engines::onednn
