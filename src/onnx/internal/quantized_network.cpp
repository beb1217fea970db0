// SPDX-License-Identifier: Apache-2.0
#include "onnx/internal/network.h"

#include <algorithm>

namespace soundfold::onnx {
namespace {

/// What int8 values are moved by to be held as uint8.
constexpr int kUint8Shift = 128;

/// Integers of the graph, and what they stand for.
struct Activation {
  std::string integers, zero;  ///< uint8
  float scale = 1;             ///< of a step
};

/// Adds pairs of QuantizeLinear and DequantizeLinear, and constants in integers. Between layers values are counted in
/// steps of their scales, so that the only scale of a layer is the factor from its sums to its steps, rounded once as
/// the engine does it. With the file's scales runtimes would round two quotients of three, and other sums fall on the
/// other side of a middle between two steps.
class Quantizer {
 public:
  explicit Quantizer(GraphBuilder& builder) : builder_(builder), one_(builder.scalar("one step", 1)) {}

  /// Values as steps of `scale` in uint8: what is beyond the range saturates, which is the activation function too.
  Activation from_values(const std::string& x, const std::string& name, float scale, int zero_point) {
    return quantized(x, name, builder_.scalar(name + ".scale", scale), scale, zero_point);
  }
  /// The same of a layer's result, which counts steps already.
  Activation from_steps(const std::string& x, const weights::QuantizedLayer& layer, const std::string& name) {
    return quantized(x, name, one_, layer.output_scale, layer.output_zero_point);
  }
  std::string steps(const Activation& x, const std::string& name) {
    return builder_.add("DequantizeLinear", {x.integers, one_, x.zero}, name + ".steps");
  }
  std::string values(const Activation& x, const std::string& name) {
    const auto scale = builder_.scalar(name + ".step", x.scale);
    return builder_.add("DequantizeLinear", {x.integers, scale, x.zero}, name);
  }

  /// From sums of products with `input` to steps of `layer`'s output: one factor for each output channel, or one for
  /// all.
  static std::vector<float> factors(const weights::QuantizedLayer& layer, const Activation& input) {
    std::vector<float> result;
    for (const float scale : layer.kernel_scales) {
      result.push_back(static_cast<float>(double{input.scale} * double{scale} / double{layer.output_scale}));
    }
    return result;
  }

  std::string kernel(const weights::QuantizedLayer& layer, const Activation& input,
                     const std::vector<std::int64_t>& shape) {
    std::vector<std::uint8_t> values(layer.kernel.size());
    std::transform(layer.kernel.begin(), layer.kernel.end(), values.begin(),
                   [](std::int8_t value) { return static_cast<std::uint8_t>(value + kUint8Shift); });
    const std::vector<std::uint8_t> zeros(layer.kernel_scales.size(), kUint8Shift);
    return constants(layer.name + ".kernel", builder_.constant(layer.name + ".kernel.u8", shape, values),
                     factors(layer, input), zeros);
  }

  std::string bias(const weights::QuantizedLayer& layer, const Activation& input) {
    const auto count = static_cast<std::int64_t>(layer.bias.size());
    const auto scales = factors(layer, input);
    return constants(layer.name + ".bias", builder_.constant(layer.name + ".bias.s32", {count}, layer.bias), scales,
                     std::vector<std::int32_t>(scales.size()));
  }

 private:
  template <typename Integer>
  std::string constants(const std::string& name, const std::string& values, const std::vector<float>& scales,
                        const std::vector<Integer>& zeros) {
    const bool by_channel = scales.size() > 1;
    const std::vector<std::int64_t> dims =
        by_channel ? std::vector<std::int64_t>{static_cast<std::int64_t>(scales.size())} : std::vector<std::int64_t>{};
    const Attributes first_axis = {{"axis", std::int64_t{0}}};
    return builder_.add(
        "DequantizeLinear",
        {values, builder_.constant(name + ".scale", dims, scales), builder_.constant(name + ".zero", dims, zeros)},
        name, by_channel ? first_axis : Attributes{});
  }

  Activation quantized(const std::string& x, const std::string& name, const std::string& unit, float scale,
                       int zero_point) {
    const auto zero = builder_.constant(name + ".zero", {},
                                        std::vector<std::uint8_t>{static_cast<std::uint8_t>(zero_point + kUint8Shift)});
    return {builder_.add("QuantizeLinear", {x, unit, zero}, name + ".u8"), zero, scale};
  }

  GraphBuilder& builder_;
  const std::string one_;
};

}  // namespace

BackboneAnswers add_quantized_network(GraphBuilder& builder, const std::string& patches,
                                      const weights::Weights& backbone, const std::vector<std::int64_t>& taps) {
  const auto& network = backbone.network;
  const auto& integers = backbone.quantization.value();
  Quantizer quantizer(builder);
  TappedBlocks tapped(builder, network, taps);
  auto x = quantizer.from_values(patches, "quantized patches", integers.input_scale, integers.input_zero_point);
  std::string name = "patches";
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const auto& layer = network.layers[i];
    const auto& values = integers.layers.at(i);
    const auto kernel = quantizer.kernel(values, x, layer.kernel_shape());
    const auto sums = builder.add("Conv", {quantizer.steps(x, name), kernel, quantizer.bias(values, x)},
                                  layer.name + ".sums", convolution_attributes(layer));
    name = layer.name;
    x = quantizer.from_steps(sums, values, name);
    if (tapped.has(i)) tapped.add(i, quantizer.values(x, "values of " + name));
  }
  const auto mean = builder.add("GlobalAveragePool", {quantizer.values(x, "last map")}, "means of the last map");
  x = quantizer.from_values(mean, "quantized means", integers.mean_scale, integers.mean_zero_point);
  x.integers = builder.add("Flatten", {x.integers}, "integers by patch");
  const auto embeddings = quantizer.values(x, "embeddings by patch");
  const auto& classifier = integers.classifier;
  const auto kernel = quantizer.kernel(classifier, x, {backbone.class_count(), backbone.embedding_size()});
  const auto sums = builder.add("Gemm", {quantizer.steps(x, "embeddings"), kernel, quantizer.bias(classifier, x)},
                                "sums of scores", {{"transB", std::int64_t{1}}});
  x = quantizer.from_steps(sums, classifier, "quantized logits");
  return {tapped.join(embeddings),
          builder.add("Sigmoid", {quantizer.values(x, "logits of scores")}, "scores by patch")};
}

}  // namespace soundfold::onnx
