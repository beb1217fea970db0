// SPDX-License-Identifier: Apache-2.0
#include "network/transformer.h"

#include <functional>
#include <numeric>

namespace soundfold::network {

std::int64_t NamedShape::size() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::vector<NamedShape> transformer_tensors(const Transformer& transformer, std::int64_t mel_bands) {
  const std::int64_t d = transformer.embedding_size, side = transformer.token_side;
  std::vector<NamedShape> all{{"encoder.time_pos_embed", {1, d, 1, transformer.max_columns}},
                              {"encoder.freq_pos_embed", {1, d, transformer.rows(mel_bands), 1}}};
  for (const char* of_bands : {"weight", "bias", "running_mean", "running_var"}) {
    all.push_back({std::string("encoder.init_bn.") + of_bands, {mel_bands}});
  }
  const auto add = [&](const std::string& name, std::vector<std::int64_t> weight) {
    const std::int64_t outputs = weight.front();
    all.push_back({name + ".weight", std::move(weight)});
    all.push_back({name + ".bias", {outputs}});
  };
  add("encoder.patch_embed.proj", {d, 1, side, side});
  for (std::int64_t i = 0; i < transformer.depth; ++i) {
    const std::string block = "encoder.blocks." + std::to_string(i) + ".";
    add(block + "norm1", {d});
    add(block + "attn.qkv", {3 * d, d});
    add(block + "attn.proj", {d, d});
    add(block + "norm2", {d});
    add(block + "mlp.fc1", {transformer.mlp_size, d});
    add(block + "mlp.fc2", {d, transformer.mlp_size});
  }
  add("encoder.norm", {d});
  add("outputlayer.0", {d});
  return all;
}

std::int64_t multiply_accumulates(const Transformer& transformer, std::int64_t frames, std::int64_t mel_bands,
                                  std::int64_t class_count) {
  const std::int64_t d = transformer.embedding_size, side = transformer.token_side;
  const std::int64_t tokens = transformer.rows(mel_bands) * transformer.columns(frames);
  // qkv and proj, fc1 and fc2; q k^T and its product with v.
  const std::int64_t of_block = tokens * (4 * d * d + 2 * d * transformer.mlp_size) + 2 * tokens * tokens * d;
  return tokens * side * side * d + transformer.depth * of_block + d * class_count;
}

}  // namespace soundfold::network
