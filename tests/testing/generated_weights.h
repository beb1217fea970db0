// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/description.h"
#include "weights/weights.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

/// Weights of a transformer by a formula of names and positions, with which reference values were computed elsewhere.
namespace soundfold::testing {

/// FNV-1a of 64 bits.
inline std::uint64_t name_key(const std::string& name) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

/// Value `i` of a sequence in [-1, 1): SplitMix64's finaliser.
inline double generated_value(std::uint64_t key, std::uint64_t i) {
  std::uint64_t z = key + (i + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  z ^= z >> 31U;
  return (static_cast<double>(z >> 40U) - 8388608.0) / 8388608.0;
}

/// The values of a tensor of that published name: kernels shrink with their inputs, norms lie around 1.
inline std::vector<float> generated_tensor(const network::NamedShape& tensor) {
  const auto ends_with = [&](const std::string& end) {
    return tensor.name.size() >= end.size() &&
           tensor.name.compare(tensor.name.size() - end.size(), end.size(), end) == 0;
  };
  const bool kernel = ends_with(".weight") && tensor.shape.size() > 1;
  double scale = 1;
  for (double inputs = 3; kernel && inputs < static_cast<double>(tensor.size()) / static_cast<double>(tensor.shape[0]);
       inputs *= 4) {
    scale /= 2;
  }
  const std::uint64_t key = name_key(tensor.name);
  std::vector<float> values;
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    const double v = generated_value(key, static_cast<std::uint64_t>(i));
    double value = v * scale;
    if (ends_with(".weight") && !kernel) value = 1 + v / 4;
    if (ends_with(".bias")) value = v / 8;
    if (ends_with("pos_embed")) value = v / 4;
    if (ends_with("running_mean")) value = -20 + 8 * v;
    if (ends_with("running_var")) value = 256 + 128 * v;
    values.push_back(static_cast<float>(value));
  }
  return values;
}

/// A network whose transformer is given, with generated values and classes "class 0", "class 1", ...
inline weights::Weights generated_weights(const network::Description& network) {
  weights::Weights made;
  made.network = network;
  for (const auto& tensor : network::transformer_tensors(*network.transformer, network.input.mel_bands)) {
    made.tensors[tensor.name] = generated_tensor(tensor);
  }
  made.classifier_kernel = generated_tensor({"outputlayer.1.weight", {network.class_count, network.embedding_size()}});
  made.classifier_bias = generated_tensor({"outputlayer.1.bias", {network.class_count}});
  for (std::int64_t i = 0; i < network.class_count; ++i) made.class_names.push_back("class " + std::to_string(i));
  made.source = "generated weights";
  return made;
}

/// CED with 2 blocks of 3 heads of 16 values, 32 classes.
inline network::Description small_ced() {
  network::Description network = network::ced_description(network::CedSize::tiny);
  network.transformer->embedding_size = 48;
  network.transformer->mlp_size = 192;
  network.transformer->depth = 2;
  network.class_count = 32;
  return network;
}

/// The same network with some tensors times a power of two, so that every epsilon of its norms shows in the results.
inline weights::Weights epsilon_probe(weights::Weights weights) {
  const auto contains = [](const std::string& name, const char* part) { return name.find(part) != std::string::npos; };
  for (auto& [name, values] : weights.tensors) {
    int power = 0;
    if (contains(name, "init_bn.running_var")) power = -24;
    if (contains(name, "init_bn.weight")) power = -12;
    for (const char* part : {"patch_embed.proj.", "pos_embed", "attn.proj.", "mlp.fc2.", "encoder.norm."}) {
      if (contains(name, part)) power = -10;
    }
    for (float& value : values) value = std::ldexp(value, power);
  }
  return weights;
}

}  // namespace soundfold::testing
