// SPDX-License-Identifier: Apache-2.0
#include "onnx/internal/network.h"

#include <algorithm>

namespace soundfold::onnx {
namespace {

std::string add_activation(GraphBuilder& builder, network::Activation activation, const std::string& x,
                           const std::string& name) {
  if (activation == network::Activation::relu) return builder.add("Relu", {x}, name);
  return builder.add("Clip", {x, "relu6_from", "relu6_to"}, name);
}

}  // namespace

Attributes convolution_attributes(const network::Layer& layer) {
  const std::int64_t before = layer.padding_before(), after = layer.padding_after();
  return {{"kernel_shape", std::vector<std::int64_t>{layer.side, layer.side}},
          {"strides", std::vector<std::int64_t>{layer.stride, layer.stride}},
          {"pads", std::vector<std::int64_t>{before, before, after, after}},
          {"group", layer.groups()}};
}

TappedBlocks::TappedBlocks(GraphBuilder& builder, const network::Description& network,
                           const std::vector<std::int64_t>& taps)
    : builder_(builder) {
  const auto all = network::blocks(network);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (std::count(taps.begin(), taps.end(), static_cast<std::int64_t>(i + 1)) > 0) blocks_.push_back(all[i]);
  }
}

bool TappedBlocks::has(std::size_t layer) const {
  return std::any_of(blocks_.begin(), blocks_.end(), [&](const auto& block) { return block.last_layer() == layer; });
}

void TappedBlocks::add(std::size_t layer, const std::string& map) {
  for (const auto& block : blocks_) {
    if (block.last_layer() != layer) continue;
    const auto mean = builder_.add("GlobalAveragePool", {map}, block.name + ", means of the map");
    const auto largest = builder_.add("GlobalMaxPool", {map}, block.name + ", maxima of the map");
    tapped_.push_back(builder_.add("Flatten", {mean}, block.name + ", means"));
    tapped_.push_back(builder_.add("Flatten", {largest}, block.name + ", maxima"));
  }
}

std::string TappedBlocks::join(const std::string& embeddings) const {
  if (tapped_.empty()) return embeddings;
  std::vector<std::string> parts{embeddings};
  parts.insert(parts.end(), tapped_.begin(), tapped_.end());
  return builder_.add("Concat", parts, "embeddings and tapped blocks", {{"axis", std::int64_t{1}}});
}

BackboneAnswers add_network(GraphBuilder& builder, const std::string& patches, const weights::Weights& backbone,
                            const std::vector<std::int64_t>& taps) {
  const auto& network = backbone.network;
  if (network.activation == network::Activation::relu6) {
    builder.scalar("relu6_from", 0);
    builder.scalar("relu6_to", 6);
  }
  TappedBlocks tapped(builder, network, taps);
  std::string x = patches;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const auto& layer = network.layers[i];
    const auto folded = backbone.folded(i);
    const auto kernel = builder.constant(layer.name + ".kernel", layer.kernel_shape(), folded.kernel);
    const auto bias = builder.constant(layer.name + ".bias", {layer.out_channels}, folded.bias);
    x = builder.add("Conv", {x, kernel, bias}, layer.name + ".sums", convolution_attributes(layer));
    x = add_activation(builder, network.activation, x, layer.name);
    tapped.add(i, x);
  }
  const auto mean = builder.add("GlobalAveragePool", {x}, "means of the last map");
  const auto embeddings = builder.add("Flatten", {mean}, "embeddings by patch");
  const auto kernel = builder.constant("classifier.kernel", {backbone.class_count(), backbone.embedding_size()},
                                       backbone.classifier_kernel);
  const auto bias = builder.constant("classifier.bias", {backbone.class_count()}, backbone.classifier_bias);
  const auto sums = builder.add("Gemm", {embeddings, kernel, bias}, "logits of scores", {{"transB", std::int64_t{1}}});
  return {tapped.join(embeddings), builder.add("Sigmoid", {sums}, "scores by patch")};
}

}  // namespace soundfold::onnx
