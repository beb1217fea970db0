// SPDX-License-Identifier: Apache-2.0
#include "weights/network_tensors.h"

#include "network/description_text.h"
#include "support/errors.h"

#include <algorithm>
#include <utility>

namespace soundfold::weights {
namespace {

constexpr std::int64_t kMaxChannels = 65'536;
constexpr int kMaxSide = 31;  ///< rows of a kernel

void check_size(const std::string& name, const std::vector<float>& values, std::int64_t expected) {
  if (static_cast<std::int64_t>(values.size()) == expected) return;
  throw UsageError("weights: " + name + " has " + std::to_string(values.size()) + " values, not " +
                   std::to_string(expected));
}

}  // namespace

void add_network_texts(SafetensorsWriter::Json& texts, const network::Description& network) {
  texts["activation"] = network::activation_name(network.activation);
  texts["network"] = network::geometry_text(network);
}

void add_network(SafetensorsWriter& file, const Weights& weights, TensorType type, const std::string& prefix) {
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    const network::Layer& layer = weights.network.layers.at(i);
    const network::FoldedLayer folded = weights.folded(i);
    file.add(prefix + layer.name + ".kernel", layer.kernel_shape(), folded.kernel, type);
    file.add(prefix + layer.name + ".bias", {layer.out_channels}, folded.bias, type);
  }
  for (const auto& [name, shape] : network::named_tensors(weights.network)) {
    file.add(prefix + name, shape, weights.tensors.at(name), type);
  }
  const tensor_files::TensorSizes sizes{weights.class_count(), weights.network.classifier_inputs()};
  file.add(prefix + "classifier.kernel", sizes, weights.classifier_kernel, type);
  file.add(prefix + "classifier.bias", {weights.class_count()}, weights.classifier_bias, type);
}

network::Description network_in(const SafetensorsReader& file) {
  const std::string& description = file.text("network");
  try {
    auto network = network::described(description);
    const auto too_large = [](const network::Layer& layer) { return layer.side < 1 || layer.side > kMaxSide; };
    if (std::any_of(network.layers.begin(), network.layers.end(), too_large)) {
      throw DataError("a kernel's side is not in 1 to " + std::to_string(kMaxSide));
    }
    return network;
  } catch (const DataError& error) {
    file.fail("network", error.what());
  }
}

network::Activation activation_in(const SafetensorsReader& file) {
  const std::string& name = file.text("activation");
  const auto activation = network::activation_from_name(name);
  if (!activation) file.fail("activation", "'" + name + "', expected relu or relu6");
  return *activation;
}

std::vector<SafetensorsReader::Entry> network_entries(const network::Description& network, TensorType type,
                                                      const std::string& prefix) {
  std::vector<SafetensorsReader::Entry> entries;
  for (const auto& layer : network.layers) {
    entries.push_back({prefix + layer.name + ".kernel", type});
    entries.push_back({prefix + layer.name + ".bias", type});
  }
  for (const auto& tensor : network::named_tensors(network)) entries.push_back({prefix + tensor.name, type});
  entries.push_back({prefix + "classifier.kernel", type});
  entries.push_back({prefix + "classifier.bias", type});
  return entries;
}

Weights read_network(SafetensorsReader& file, network::Description network, TensorType type,
                     const std::string& prefix) {
  Weights weights;
  weights.network = std::move(network);
  std::int64_t channels = 1;
  for (auto& layer : weights.network.layers) {
    const std::string kernel = prefix + layer.name + ".kernel";
    layer.in_channels = channels;
    layer.out_channels = file.dimension(kernel, 0, kMaxChannels);
    if (layer.kind == network::LayerKind::depthwise && layer.out_channels != channels) {
      file.fail(kernel + " shape",
                std::to_string(layer.out_channels) + " channels, but " + std::to_string(channels) + " come in");
    }
    network::FoldedLayer folded;
    folded.kernel = file.values(kernel, layer.kernel_shape(), type);
    folded.bias = file.values(prefix + layer.name + ".bias", {layer.out_channels}, type);
    weights.layers.push_back(network::with_plain_batch_norm(std::move(folded), weights.network.batch_norm_epsilon));
    channels = layer.out_channels;
  }
  for (const auto& [name, shape] : network::named_tensors(weights.network)) {
    weights.tensors[name] = file.values(prefix + name, shape, type);
  }
  const std::string classifier = prefix + "classifier.kernel";
  weights.network.class_count = file.dimension(classifier, 0, kMaxChannels);
  weights.classifier_kernel =
      file.values(classifier, {weights.class_count(), weights.network.classifier_inputs()}, type);
  weights.classifier_bias = file.values(prefix + "classifier.bias", {weights.class_count()}, type);
  return weights;
}

void check_tensors(const Weights& weights) {
  const auto& network = weights.network;
  for (const auto& expected : network::named_tensors(network)) {
    const auto found = weights.tensors.find(expected.name);
    if (found == weights.tensors.end()) throw UsageError("weights: no tensor " + expected.name);
    check_size(expected.name, found->second, expected.size());
  }
  check_size("the classifier's kernel", weights.classifier_kernel, network.class_count * network.classifier_inputs());
  check_size("the classifier's bias", weights.classifier_bias, network.class_count);
}

void check_network(const SafetensorsReader& file, const network::Description& network) {
  try {
    network::check(network);
  } catch (const UsageError& error) {
    file.fail("network", error.what());
  }
}

}  // namespace soundfold::weights
