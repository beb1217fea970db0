// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"
#include "support/files.h"
#include "weights/importing.h"
#include "weights/tflite_subset_generated.h"
#include "weights/weights.h"
#include "weights/zip_reader.h"

#include <flatbuffers/flatbuffers.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

namespace soundfold::weights {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kMaxTfliteBytes = 64'000'000;
constexpr std::size_t kMaxLabelBytes = 1'000'000;
constexpr const char* kLabelEntry = "yamnet_label_list.txt";

/// The file as a graph, with every index checked before it is followed.
class Graph {
 public:
  Graph(const std::string& bytes, std::string name);

  /// The operator that makes `tensor`; throws when there is none or it is not a `kind`.
  const tflite::Operator& producer(int tensor, tflite::OperatorKind kind, const std::string& role) const;
  int output() const { return subgraph_->outputs()->Get(0); }
  /// Tensor index of an operator's input.
  int input(const tflite::Operator& op, std::size_t position, const std::string& role) const;
  const tflite::Tensor& tensor(int index, const std::string& role) const;
  /// The constant bytes of a tensor, which must be exactly `count` elements of `element_bytes`.
  const std::uint8_t* constant(const tflite::Tensor& tensor, std::size_t count, std::size_t element_bytes,
                               const std::string& role) const;
  [[noreturn]] void fail(const std::string& role, const std::string& what) const {
    throw DataError(name_ + ": " + role + ": " + what + "; expected YAMNet's TFLite classification file");
  }

 private:
  tflite::OperatorKind kind(const tflite::Operator& op) const;

  std::string name_;
  const tflite::Model* model_ = nullptr;
  const tflite::SubGraph* subgraph_ = nullptr;
};

Graph::Graph(const std::string& bytes, std::string name) : name_(std::move(name)) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  flatbuffers::Verifier verifier(data, bytes.size());
  if (bytes.size() < 8 || !tflite::VerifyModelBuffer(verifier)) {
    throw DataError(name_ + ": not a complete TFLite file (damaged or truncated?); fetch it again");
  }
  model_ = tflite::GetModel(data);
  if (model_->version() != 3) fail("format version", std::to_string(model_->version()) + ", not 3");
  const auto* subgraphs = model_->subgraphs();
  if (subgraphs == nullptr || subgraphs->size() != 1) fail("graph", "not exactly one");
  subgraph_ = subgraphs->Get(0);
  const bool complete = subgraph_->tensors() != nullptr && subgraph_->operators() != nullptr &&
                        model_->buffers() != nullptr && model_->operator_codes() != nullptr;
  if (!complete || subgraph_->outputs() == nullptr || subgraph_->outputs()->size() != 1) {
    fail("graph", "without tensors, operators, buffers or the one output");
  }
}

tflite::OperatorKind Graph::kind(const tflite::Operator& op) const {
  if (op.opcode_index() >= model_->operator_codes()->size()) fail("operator", "of a kind that is not listed");
  const auto* code = model_->operator_codes()->Get(op.opcode_index());
  // Old files hold the kind in one byte, newer ones in the second field; the larger counts.
  return std::max(static_cast<tflite::OperatorKind>(code->short_code()), code->code());
}

const tflite::Operator& Graph::producer(int tensor, tflite::OperatorKind wanted, const std::string& role) const {
  for (const auto* op : *subgraph_->operators()) {
    if (op->outputs() == nullptr || op->outputs()->size() != 1 || op->outputs()->Get(0) != tensor) continue;
    if (kind(*op) != wanted) {
      fail(role, "operator number " + std::to_string(kind(*op)) + " where " + std::to_string(wanted) + " belongs");
    }
    return *op;
  }
  fail(role, "no operator makes its output");
}

int Graph::input(const tflite::Operator& op, std::size_t position, const std::string& role) const {
  if (op.inputs() == nullptr || position >= op.inputs()->size()) fail(role, "too few inputs");
  return op.inputs()->Get(static_cast<flatbuffers::uoffset_t>(position));
}

const tflite::Tensor& Graph::tensor(int index, const std::string& role) const {
  const auto* tensors = subgraph_->tensors();
  if (index < 0 || static_cast<std::size_t>(index) >= tensors->size())
    fail(role, "refers to a tensor that is not there");
  return *tensors->Get(static_cast<flatbuffers::uoffset_t>(index));
}

const std::uint8_t* Graph::constant(const tflite::Tensor& tensor, std::size_t count, std::size_t element_bytes,
                                    const std::string& role) const {
  if (tensor.buffer() >= model_->buffers()->size()) fail(role, "its values are in a buffer that is not there");
  const auto* data = model_->buffers()->Get(tensor.buffer())->data();
  const std::size_t found = data == nullptr ? 0 : data->size();
  if (found != count * element_bytes) {
    fail(role, std::to_string(found) + " bytes of values, expected " + std::to_string(count * element_bytes));
  }
  return data->data();
}

void check_tensor(const Graph& graph, const tflite::Tensor& tensor, tflite::ElementType type,
                  const std::vector<std::int64_t>& shape, const std::string& role) {
  if (tensor.type() != type) graph.fail(role, "element type " + std::to_string(tensor.type()));
  std::vector<std::int64_t> found;
  if (tensor.shape() != nullptr) found.assign(tensor.shape()->begin(), tensor.shape()->end());
  if (found != shape) graph.fail(role, "shape " + shape_text(found) + " where " + shape_text(shape) + " belongs");
}

/// Scales of a tensor, `count` of them along `axis` (one: of the whole tensor); each positive and finite.
std::vector<float> scales_of(const Graph& graph, const tflite::Tensor& tensor, std::size_t count, int axis,
                             const std::string& role) {
  const auto* quantization = tensor.quantization();
  const auto* scales = quantization == nullptr ? nullptr : quantization->scale();
  if (scales == nullptr || scales->size() != count) {
    graph.fail(role,
               std::to_string(scales == nullptr ? 0 : scales->size()) + " scales, expected " + std::to_string(count));
  }
  if (count > 1 && quantization->quantized_dimension() != axis) graph.fail(role, "its scales run along another axis");
  std::vector<float> values(scales->begin(), scales->end());
  const auto usable = [](float scale) { return std::isfinite(scale) && scale > 0; };
  if (!std::all_of(values.begin(), values.end(), usable)) graph.fail(role, "a scale that is not above 0");
  return values;
}

/// Zero point of an int8 tensor with one scale.
int zero_point_of(const Graph& graph, const tflite::Tensor& tensor, const std::string& role) {
  const auto* points = tensor.quantization() == nullptr ? nullptr : tensor.quantization()->zero_point();
  if (points == nullptr || points->size() != 1) graph.fail(role, "no single zero point");
  const std::int64_t point = points->Get(0);
  if (point < -128 || point > 127) graph.fail(role, "zero point " + std::to_string(point) + ", not an int8");
  return static_cast<int>(point);
}

void check_zero_points_are_zero(const Graph& graph, const tflite::Tensor& tensor, const std::string& role) {
  const auto* points = tensor.quantization() == nullptr ? nullptr : tensor.quantization()->zero_point();
  if (points == nullptr) return;
  for (const auto point : *points) {
    if (point != 0) graph.fail(role, "a zero point other than 0");
  }
}

/// Where a layer's kernel lies: its shape in the file, and the axis of its scales.
struct KernelLayout {
  std::vector<std::int64_t> shape;
  int axis;
};

KernelLayout kernel_layout(const ConvLayer& layer) {
  if (layer.kind == ConvLayer::Kind::depthwise) return {{1, 3, 3, layer.out_channels}, 3};
  const std::int64_t side = layer.kind == ConvLayer::Kind::full ? 3 : 1;
  return {{layer.out_channels, side, side, layer.in_channels}, 0};
}

/// int8 kernel values in OIHW order. [out, 1, 1, in] and [out, 3, 3, 1] lie in that order already; depthwise
/// [1, 3, 3, channels] is transposed.
std::vector<std::int8_t> kernel_values(const ConvLayer& layer, const std::uint8_t* bytes) {
  std::vector<std::int8_t> values(static_cast<std::size_t>(kernel_size(layer)));
  if (layer.kind != ConvLayer::Kind::depthwise) {
    std::memcpy(values.data(), bytes, values.size());
    return values;
  }
  const auto channels = static_cast<std::size_t>(layer.out_channels);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[(i % channels) * 9 + i / channels] = static_cast<std::int8_t>(bytes[i]);
  }
  return values;
}

std::vector<std::int32_t> bias_values(const Graph& graph, int index, std::size_t count, const std::string& role) {
  const tflite::Tensor& bias = graph.tensor(index, role);
  check_tensor(graph, bias, tflite::ElementType_INT32, {static_cast<std::int64_t>(count)}, role);
  check_zero_points_are_zero(graph, bias, role);
  const std::uint8_t* bytes = graph.constant(bias, count, sizeof(std::int32_t), role);
  std::vector<std::int32_t> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = flatbuffers::ReadScalar<std::int32_t>(bytes + i * 4);
  return values;
}

/// A bias scale must be input scale times kernel scale (TFLite's quantisation specification).
void check_bias_scales(const Graph& graph, int bias_tensor, float input_scale, const std::vector<float>& kernel_scales,
                       const std::string& role) {
  const auto scales = scales_of(graph, graph.tensor(bias_tensor, role), kernel_scales.size(), 0, role);
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const float expected = input_scale * kernel_scales[i];
    if (std::abs(scales[i] - expected) > 1e-4F * expected) {
      graph.fail(role, "scale " + std::to_string(i) + " is not input scale times kernel scale");
    }
  }
}

/// SAME padding, the layer's stride, no dilation, ReLU6. `depth_multiplier` exists for depthwise only.
template <typename Options>
void check_options(const Graph& graph, const Options* options, const ConvLayer& layer) {
  const bool as_expected = options != nullptr && options->padding() == tflite::PaddingKind_SAME &&
                           options->stride_w() == layer.stride && options->stride_h() == layer.stride &&
                           options->dilation_w_factor() == 1 && options->dilation_h_factor() == 1 &&
                           options->fused_activation_function() == tflite::FusedActivation_RELU6;
  if (!as_expected) graph.fail(layer.name, "its stride, padding, dilation or activation differs");
}

void check_operator(const Graph& graph, const tflite::Operator& op, const ConvLayer& layer) {
  if (layer.kind != ConvLayer::Kind::depthwise)
    return check_options(graph, op.builtin_options_as_Conv2DOptions(), layer);
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
int read_layer(const Graph& graph, int output, ConvLayer& layer, QuantizedLayer& quantized) {
  const auto kind =
      layer.kind == ConvLayer::Kind::depthwise ? tflite::OperatorKind_DEPTHWISE_CONV_2D : tflite::OperatorKind_CONV_2D;
  const tflite::Operator& op = graph.producer(output, kind, layer.name);
  check_operator(graph, op, layer);
  const auto channels = static_cast<std::size_t>(layer.out_channels);
  const tflite::Tensor& kernel = graph.tensor(graph.input(op, 1, layer.name), layer.name + " kernel");
  const KernelLayout layout = kernel_layout(layer);
  check_tensor(graph, kernel, tflite::ElementType_INT8, layout.shape, layer.name + " kernel");
  check_zero_points_are_zero(graph, kernel, layer.name + " kernel");
  const auto size = static_cast<std::size_t>(kernel_size(layer));

  quantized.name = layer.name;
  quantized.kernel = kernel_values(layer, graph.constant(kernel, size, 1, layer.name + " kernel"));
  quantized.kernel_scales = scales_of(graph, kernel, channels, layout.axis, layer.name + " kernel");
  quantized.bias = bias_values(graph, graph.input(op, 2, layer.name), channels, layer.name + " bias");
  const tflite::Tensor& made = graph.tensor(output, layer.name + " output");
  quantized.output_scale = scales_of(graph, made, 1, 0, layer.name + " output")[0];
  quantized.output_zero_point = zero_point_of(graph, made, layer.name + " output");

  const int input = graph.input(op, 0, layer.name);
  const float input_scale = scales_of(graph, graph.tensor(input, layer.name), 1, 0, layer.name + " input")[0];
  check_bias_scales(graph, graph.input(op, 2, layer.name), input_scale, quantized.kernel_scales, layer.name + " bias");
  layer.kernel = dequantized(quantized.kernel, quantized.kernel_scales);
  layer.beta.resize(channels);
  for (std::size_t i = 0; i < channels; ++i) {
    layer.beta[i] = input_scale * quantized.kernel_scales[i] * static_cast<float>(quantized.bias[i]);
  }
  layer.mean.assign(channels, 0.0F);
  layer.variance.assign(channels, kFoldedVariance);
  return input;
}

/// Fills the classifier; returns the tensor of the embedding.
int read_classifier(const Graph& graph, int logits, Weights& weights, QuantizedLayer& quantized) {
  const std::string role = "classifier";
  const tflite::Operator& op = graph.producer(logits, tflite::OperatorKind_FULLY_CONNECTED, role);
  const auto* options = op.builtin_options_as_FullyConnectedOptions();
  if (options == nullptr || options->fused_activation_function() != tflite::FusedActivation_NONE) {
    graph.fail(role, "an activation that is not expected");
  }
  const std::int64_t embedding = weights.embedding_size();
  const tflite::Tensor& kernel = graph.tensor(graph.input(op, 1, role), role);
  check_tensor(graph, kernel, tflite::ElementType_INT8, {kClassCount, embedding}, role);
  check_zero_points_are_zero(graph, kernel, role);
  const auto size = static_cast<std::size_t>(kClassCount * embedding);
  const std::uint8_t* bytes = graph.constant(kernel, size, 1, role);

  quantized.name = role;
  quantized.kernel.resize(size);
  std::memcpy(quantized.kernel.data(), bytes, size);
  quantized.kernel_scales = scales_of(graph, kernel, 1, 0, role);
  quantized.bias = bias_values(graph, graph.input(op, 2, role), kClassCount, role + " bias");
  quantized.output_scale = scales_of(graph, graph.tensor(logits, role), 1, 0, role + " output")[0];
  quantized.output_zero_point = zero_point_of(graph, graph.tensor(logits, role), role + " output");

  const int input = graph.input(op, 0, role);
  const float input_scale = scales_of(graph, graph.tensor(input, role), 1, 0, role + " input")[0];
  check_bias_scales(graph, graph.input(op, 2, role), input_scale, quantized.kernel_scales, role + " bias");
  weights.classifier_kernel = dequantized(quantized.kernel, quantized.kernel_scales);
  for (const std::int32_t bias : quantized.bias) {
    weights.classifier_bias.push_back(input_scale * quantized.kernel_scales[0] * static_cast<float>(bias));
  }
  return input;
}

/// The log-mel patch that enters layer1 [1, 96, 64, 1]; what makes it (the file's own front end) is not needed.
void read_input(const Graph& graph, int patch, Quantization& quantization) {
  const tflite::Tensor& tensor = graph.tensor(patch, "input patch");
  check_tensor(graph, tensor, tflite::ElementType_INT8, {1, 96, 64, 1}, "input patch");
  quantization.input_scale = scales_of(graph, tensor, 1, 0, "input patch")[0];
  quantization.input_zero_point = zero_point_of(graph, tensor, "input patch");
}

/// One class name per line, in the zip archive appended to the file.
std::vector<std::string> read_labels(const std::string& bytes, const std::string& name) {
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
  if (labels.size() != kClassCount) {
    throw DataError(name + ": " + kLabelEntry + ": " + std::to_string(labels.size()) + " labels, expected " +
                    std::to_string(kClassCount));
  }
  return labels;
}

}  // namespace

/// The graph is followed from its output back to layer1; whatever lies before layer1 is the file's own front end.
Weights read_tflite(const fs::path& path) {
  const std::string bytes = read_file(path, kMaxTfliteBytes);
  const Graph graph(bytes, path.string());
  Weights weights;
  weights.source = describe_source(path);
  weights.activation = Activation::relu6;
  weights.layers = yamnet_layers();
  Quantization quantization;
  quantization.layers.resize(weights.layers.size());

  const auto& dequantize = graph.producer(graph.output(), tflite::OperatorKind_DEQUANTIZE, "scores");
  const auto& logistic =
      graph.producer(graph.input(dequantize, 0, "scores"), tflite::OperatorKind_LOGISTIC, "sigmoid of the classifier");
  const int embedding = read_classifier(graph, graph.input(logistic, 0, "sigmoid"), weights, quantization.classifier);
  const auto& mean = graph.producer(embedding, tflite::OperatorKind_MEAN, "embedding");
  quantization.mean_scale = scales_of(graph, graph.tensor(embedding, "embedding"), 1, 0, "embedding")[0];
  quantization.mean_zero_point = zero_point_of(graph, graph.tensor(embedding, "embedding"), "embedding");
  int output = graph.input(mean, 0, "embedding");
  for (std::size_t i = weights.layers.size(); i-- > 0;) {
    output = read_layer(graph, output, weights.layers[i], quantization.layers[i]);
  }
  read_input(graph, output, quantization);
  weights.class_names = read_labels(bytes, path.string());
  weights.quantization = std::move(quantization);
  return weights;
}

}  // namespace soundfold::weights
