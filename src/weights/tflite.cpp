// SPDX-License-Identifier: Apache-2.0
#include "weights/tflite.h"

#include "support/errors.h"
#include "support/files.h"
#include "weights/importing.h"
#include "weights/internal/tflite_graph.h"
#include "weights/zip_reader.h"

#include <cmath>
#include <cstring>
#include <sstream>
#include <utility>

namespace soundfold::weights {
namespace fs = std::filesystem;
namespace {

using network::FoldedLayer;
using network::Layer;
using network::LayerKind;

constexpr std::uintmax_t kMaxTfliteBytes = 64'000'000;
constexpr std::size_t kMaxLabelBytes = 1'000'000;
constexpr const char* kLabelEntry = "yamnet_label_list.txt";

/// Where a layer's kernel lies: its shape in the file, and the axis of its scales.
struct KernelLayout {
  std::vector<std::int64_t> shape;
  int axis;
};

KernelLayout kernel_layout(const Layer& layer) {
  if (layer.kind == LayerKind::depthwise) return {{1, layer.side, layer.side, layer.out_channels}, 3};
  return {{layer.out_channels, layer.side, layer.side, layer.in_channels}, 0};
}

/// int8 kernel values in OIHW order. [out, 1, 1, in] and [out, 3, 3, 1] lie in that order already; depthwise
/// [1, 3, 3, channels] is transposed.
std::vector<std::int8_t> kernel_values(const Layer& layer, const std::uint8_t* bytes) {
  std::vector<std::int8_t> values(static_cast<std::size_t>(layer.kernel_size()));
  if (layer.kind != LayerKind::depthwise) {
    std::memcpy(values.data(), bytes, values.size());
    return values;
  }
  const auto channels = static_cast<std::size_t>(layer.out_channels), taps = static_cast<std::size_t>(layer.taps());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[(i % channels) * taps + i / channels] = static_cast<std::int8_t>(bytes[i]);
  }
  return values;
}

std::vector<std::int32_t> bias_values(const TfliteGraph& graph, int index, std::size_t count, const std::string& role) {
  const tflite::Tensor& bias = graph.tensor(index, role);
  graph.check_tensor(bias, tflite::ElementType_INT32, {static_cast<std::int64_t>(count)}, role);
  graph.check_zero_points_are_zero(bias, role);
  const std::uint8_t* bytes = graph.constant(bias, count, sizeof(std::int32_t), role);
  std::vector<std::int32_t> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = flatbuffers::ReadScalar<std::int32_t>(bytes + i * 4);
  return values;
}

/// A bias scale must be input scale times kernel scale (TFLite's quantisation specification).
void check_bias_scales(const TfliteGraph& graph, int bias_tensor, float input_scale,
                       const std::vector<float>& kernel_scales, const std::string& role) {
  const auto scales = graph.scales(graph.tensor(bias_tensor, role), kernel_scales.size(), 0, role);
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const float expected = input_scale * kernel_scales[i];
    if (std::abs(scales[i] - expected) > 1e-4F * expected) {
      graph.fail(role, "scale " + std::to_string(i) + " is not input scale times kernel scale");
    }
  }
}

/// SAME padding, the layer's stride, no dilation, ReLU6. `depth_multiplier` exists for depthwise only.
template <typename Options>
void check_options(const TfliteGraph& graph, const Options* options, const Layer& layer) {
  const bool as_expected = options != nullptr && options->padding() == tflite::PaddingKind_SAME &&
                           options->stride_w() == layer.stride && options->stride_h() == layer.stride &&
                           options->dilation_w_factor() == 1 && options->dilation_h_factor() == 1 &&
                           options->fused_activation_function() == tflite::FusedActivation_RELU6;
  if (!as_expected) graph.fail(layer.name, "its stride, padding, dilation or activation differs");
}

void check_operator(const TfliteGraph& graph, const tflite::Operator& op, const Layer& layer) {
  if (layer.kind != LayerKind::depthwise) return check_options(graph, op.builtin_options_as_Conv2DOptions(), layer);
  const auto* options = op.builtin_options_as_DepthwiseConv2DOptions();
  check_options(graph, options, layer);
  if (options->depth_multiplier() != 1) graph.fail(layer.name, "its depth multiplier is not 1");
}

std::vector<float> dequantized(const std::vector<std::int8_t>& values, const std::vector<float>& scales) {
  std::vector<float> real(values.size());
  const std::size_t per_scale = values.size() / scales.size();
  for (std::size_t i = 0; i < values.size(); ++i) real[i] = scales[i / per_scale] * static_cast<float>(values[i]);
  return real;
}

/// Fills one convolution from the operator that makes `output`; returns the operator's input tensor.
int read_layer(const TfliteGraph& graph, int output, const Layer& layer, FoldedLayer& values,
               QuantizedLayer& quantized) {
  const auto kind =
      layer.kind == LayerKind::depthwise ? tflite::OperatorKind_DEPTHWISE_CONV_2D : tflite::OperatorKind_CONV_2D;
  const tflite::Operator& op = graph.producer(output, kind, layer.name);
  check_operator(graph, op, layer);
  const auto channels = static_cast<std::size_t>(layer.out_channels);
  const tflite::Tensor& kernel = graph.tensor(graph.input(op, 1, layer.name), layer.name + " kernel");
  const KernelLayout layout = kernel_layout(layer);
  graph.check_tensor(kernel, tflite::ElementType_INT8, layout.shape, layer.name + " kernel");
  graph.check_zero_points_are_zero(kernel, layer.name + " kernel");
  const auto size = static_cast<std::size_t>(layer.kernel_size());

  quantized.name = layer.name;
  quantized.kernel = kernel_values(layer, graph.constant(kernel, size, 1, layer.name + " kernel"));
  quantized.kernel_scales = graph.scales(kernel, channels, layout.axis, layer.name + " kernel");
  quantized.bias = bias_values(graph, graph.input(op, 2, layer.name), channels, layer.name + " bias");
  const tflite::Tensor& made = graph.tensor(output, layer.name + " output");
  quantized.output_scale = graph.scale(made, layer.name + " output");
  quantized.output_zero_point = graph.zero_point(made, layer.name + " output");

  const int input = graph.input(op, 0, layer.name);
  const float input_scale = graph.scale(graph.tensor(input, layer.name), layer.name + " input");
  check_bias_scales(graph, graph.input(op, 2, layer.name), input_scale, quantized.kernel_scales, layer.name + " bias");
  values.kernel = dequantized(quantized.kernel, quantized.kernel_scales);
  values.bias.resize(channels);
  for (std::size_t i = 0; i < channels; ++i) {
    values.bias[i] = input_scale * quantized.kernel_scales[i] * static_cast<float>(quantized.bias[i]);
  }
  return input;
}

/// Fills the classifier; returns the tensor of the embedding.
int read_classifier(const TfliteGraph& graph, int logits, Weights& weights, QuantizedLayer& quantized) {
  const std::string role = "classifier";
  const tflite::Operator& op = graph.producer(logits, tflite::OperatorKind_FULLY_CONNECTED, role);
  const auto* options = op.builtin_options_as_FullyConnectedOptions();
  if (options == nullptr || options->fused_activation_function() != tflite::FusedActivation_NONE) {
    graph.fail(role, "an activation that is not expected");
  }
  const std::int64_t embedding = weights.embedding_size(), classes = weights.class_count();
  const tflite::Tensor& kernel = graph.tensor(graph.input(op, 1, role), role);
  graph.check_tensor(kernel, tflite::ElementType_INT8, {classes, embedding}, role);
  graph.check_zero_points_are_zero(kernel, role);
  const auto size = static_cast<std::size_t>(classes * embedding);
  const std::uint8_t* bytes = graph.constant(kernel, size, 1, role);

  quantized.name = role;
  quantized.kernel.resize(size);
  std::memcpy(quantized.kernel.data(), bytes, size);
  quantized.kernel_scales = graph.scales(kernel, 1, 0, role);
  quantized.bias = bias_values(graph, graph.input(op, 2, role), static_cast<std::size_t>(classes), role + " bias");
  quantized.output_scale = graph.scale(graph.tensor(logits, role), role + " output");
  quantized.output_zero_point = graph.zero_point(graph.tensor(logits, role), role + " output");

  const int input = graph.input(op, 0, role);
  const float input_scale = graph.scale(graph.tensor(input, role), role + " input");
  check_bias_scales(graph, graph.input(op, 2, role), input_scale, quantized.kernel_scales, role + " bias");
  weights.classifier_kernel = dequantized(quantized.kernel, quantized.kernel_scales);
  for (const std::int32_t bias : quantized.bias) {
    weights.classifier_bias.push_back(input_scale * quantized.kernel_scales[0] * static_cast<float>(bias));
  }
  return input;
}

/// The log-mel patch that enters layer1 [1, 96, 64, 1]; what makes it (the file's own front end) is not needed.
void read_input(const TfliteGraph& graph, int patch, const network::MapShape& shape, Quantization& quantization) {
  const tflite::Tensor& tensor = graph.tensor(patch, "input patch");
  graph.check_tensor(tensor, tflite::ElementType_INT8, {1, shape.frames, shape.bands, 1}, "input patch");
  quantization.input_scale = graph.scale(tensor, "input patch");
  quantization.input_zero_point = graph.zero_point(tensor, "input patch");
}

/// One class name per line, in the zip archive appended to the file.
std::vector<std::string> read_labels(const std::string& bytes, const std::string& name, std::int64_t classes) {
  const auto entries = read_zip(
      bytes, name, [](const std::string& e) { return e == kLabelEntry; }, kMaxLabelBytes);
  const auto found = entries.find(kLabelEntry);
  if (found == entries.end()) throw DataError(name + ": no " + kLabelEntry + " in the zip archive appended to it");
  std::vector<std::string> labels;
  std::istringstream lines(found->second);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) throw DataError(name + ": " + kLabelEntry + ": an empty line");
    labels.push_back(line);
  }
  if (static_cast<std::int64_t>(labels.size()) != classes) {
    throw DataError(name + ": " + kLabelEntry + ": " + std::to_string(labels.size()) + " labels, expected " +
                    std::to_string(classes));
  }
  return labels;
}

}  // namespace

/// The graph is followed from its output back to layer1; whatever lies before layer1 is the file's own front end.
Weights read_tflite(const fs::path& path) {
  const std::string bytes = read_file(path, kMaxTfliteBytes);
  const TfliteGraph graph(bytes, path.string());
  Weights weights;
  weights.source = describe_source(path, "TFLite int8");
  weights.network = network::yamnet_description();
  weights.network.activation = network::Activation::relu6;
  const std::size_t layer_count = weights.network.layers.size();
  weights.layers.resize(layer_count);
  Quantization quantization;
  quantization.layers.resize(layer_count);

  const auto& dequantize = graph.producer(graph.output(), tflite::OperatorKind_DEQUANTIZE, "scores");
  const auto& logistic =
      graph.producer(graph.input(dequantize, 0, "scores"), tflite::OperatorKind_LOGISTIC, "sigmoid of the classifier");
  const int embedding = read_classifier(graph, graph.input(logistic, 0, "sigmoid"), weights, quantization.classifier);
  const auto& mean = graph.producer(embedding, tflite::OperatorKind_MEAN, "embedding");
  quantization.mean_scale = graph.scale(graph.tensor(embedding, "embedding"), "embedding");
  quantization.mean_zero_point = graph.zero_point(graph.tensor(embedding, "embedding"), "embedding");
  int output = graph.input(mean, 0, "embedding");
  for (std::size_t i = layer_count; i-- > 0;) {
    FoldedLayer values;
    output = read_layer(graph, output, weights.network.layers[i], values, quantization.layers[i]);
    weights.layers[i] = network::with_plain_batch_norm(std::move(values), weights.network.batch_norm_epsilon);
  }
  read_input(graph, output, network::maps(weights.network).front(), quantization);
  weights.class_names = read_labels(bytes, path.string(), weights.class_count());
  weights.quantization = std::move(quantization);
  return weights;
}

}  // namespace soundfold::weights
