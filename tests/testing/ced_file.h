// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// CED's weights as its authors' files have them.
namespace soundfold::testing {

/// A file's parts, so that one can be changed.
struct CedFile {
  nlohmann::ordered_json header;
  std::string data;

  /// Appends a tensor.
  void add(const std::string& name, const std::string& dtype, const std::vector<std::int64_t>& shape,
           const void* values, std::size_t bytes) {
    header[name] = {{"dtype", dtype}, {"shape", shape}, {"data_offsets", {data.size(), data.size() + bytes}}};
    data.append(static_cast<const char*>(values), bytes);
  }

  std::string bytes() const {
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    std::string length(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>((text.size() >> (8 * i)) & 0xFFU);
    return length + text + data;
  }
};

/// All tensors by name, which is another order than that of the network.
inline CedFile ced_file(const weights::Weights& weights) {
  const std::vector<std::int64_t> kernel{weights.class_count(), weights.embedding_size()};
  std::map<std::string, std::pair<std::vector<std::int64_t>, const std::vector<float>*>> tensors{
      {"outputlayer.1.weight", {kernel, &weights.classifier_kernel}},
      {"outputlayer.1.bias", {{weights.class_count()}, &weights.classifier_bias}}};
  const auto shapes = network::transformer_tensors(*weights.network.transformer, weights.network.input.mel_bands);
  for (const auto& [name, shape] : shapes) tensors[name] = {shape, &weights.tensors.at(name)};
  CedFile file;
  file.header["__metadata__"] = {{"format", "pt"}};
  const std::int64_t batches = 1;
  file.add("encoder.init_bn.num_batches_tracked", "I64", {}, &batches, sizeof batches);
  for (const auto& [name, tensor] : tensors) {
    file.add(name, "F32", tensor.first, tensor.second->data(), tensor.second->size() * sizeof(float));
  }
  return file;
}

}  // namespace soundfold::testing
