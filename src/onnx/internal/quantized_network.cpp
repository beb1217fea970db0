// SPDX-License-Identifier: Apache-2.0
#include "onnx/internal/network.h"

#include <algorithm>

namespace soundfold::onnx {
namespace {

/// What int8 values are moved by to be held as uint8.
constexpr int kUint8Shift = 128;

/// Adds pairs of QuantizeLinear and DequantizeLinear, and constants in integers.
class Quantizer {
 public:
  explicit Quantizer(GraphBuilder& builder) : builder_(builder) {}

  /// `x` through uint8: what is beyond the range saturates, which is the activation function too.
  std::string activation(const std::string& x, const std::string& name, float scale, int zero_point) {
    const auto zero = static_cast<std::uint8_t>(zero_point + kUint8Shift);
    const auto scale_name = builder_.scalar(name + ".scale", scale);
    const auto zero_name = builder_.constant(name + ".zero", {}, std::vector<std::uint8_t>{zero});
    const auto quantized = builder_.add("QuantizeLinear", {x, scale_name, zero_name}, name + ".u8");
    return builder_.add("DequantizeLinear", {quantized, scale_name, zero_name}, name);
  }

  /// A kernel with one scale for each output channel, or one for all.
  std::string kernel(const weights::QuantizedLayer& layer, const std::vector<std::int64_t>& shape) {
    std::vector<std::uint8_t> values(layer.kernel.size());
    std::transform(layer.kernel.begin(), layer.kernel.end(), values.begin(),
                   [](std::int8_t value) { return static_cast<std::uint8_t>(value + kUint8Shift); });
    const std::vector<std::uint8_t> zeros(layer.kernel_scales.size(), kUint8Shift);
    return dequantized(layer.name + ".kernel", builder_.constant(layer.name + ".kernel.u8", shape, values),
                       layer.kernel_scales, zeros);
  }

  /// The bias has the scale of the products.
  std::string bias(const weights::QuantizedLayer& layer, float input_scale) {
    auto scales = layer.kernel_scales;
    for (auto& scale : scales) scale *= input_scale;
    const auto count = static_cast<std::int64_t>(layer.bias.size());
    return dequantized(layer.name + ".bias", builder_.constant(layer.name + ".bias.s32", {count}, layer.bias), scales,
                       std::vector<std::int32_t>(scales.size()));
  }

 private:
  template <typename Integer>
  std::string dequantized(const std::string& name, const std::string& values, const std::vector<float>& scales,
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

  GraphBuilder& builder_;
};

}  // namespace

BackboneAnswers add_quantized_network(GraphBuilder& builder, const std::string& patches,
                                      const weights::Weights& backbone, const std::vector<std::int64_t>& taps) {
  const auto& network = backbone.network;
  const auto& integers = backbone.quantization.value();
  Quantizer quantizer(builder);
  TappedBlocks tapped(builder, network, taps);
  float scale = integers.input_scale;
  auto x = quantizer.activation(patches, "quantized patches", scale, integers.input_zero_point);
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const auto& layer = network.layers[i];
    const auto& values = integers.layers.at(i);
    const auto kernel = quantizer.kernel(values, layer.kernel_shape());
    const auto bias = quantizer.bias(values, scale);
    x = builder.add("Conv", {x, kernel, bias}, layer.name + ".sums", convolution_attributes(layer));
    scale = values.output_scale;
    x = quantizer.activation(x, layer.name, scale, values.output_zero_point);
    tapped.add(i, x);
  }
  const auto mean = builder.add("GlobalAveragePool", {x}, "means of the last map");
  x = quantizer.activation(mean, "quantized means", integers.mean_scale, integers.mean_zero_point);
  const auto embeddings = builder.add("Flatten", {x}, "embeddings by patch");
  const auto& classifier = integers.classifier;
  const auto kernel = quantizer.kernel(classifier, {backbone.class_count(), backbone.embedding_size()});
  x = builder.add("Gemm", {embeddings, kernel, quantizer.bias(classifier, integers.mean_scale)}, "sums of scores",
                  {{"transB", std::int64_t{1}}});
  x = quantizer.activation(x, "logits of scores", classifier.output_scale, classifier.output_zero_point);
  return {tapped.join(embeddings), builder.add("Sigmoid", {x}, "scores by patch")};
}

}  // namespace soundfold::onnx
