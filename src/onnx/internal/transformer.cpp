// SPDX-License-Identifier: Apache-2.0
#include "onnx/internal/network.h"

#include <algorithm>
#include <cmath>

namespace soundfold::onnx {
namespace {

/// Adds the parts of one transformer. Tokens of all patches lie in one matrix [B * P * N, D], N = rows * columns.
class TransformerBuilder {
 public:
  TransformerBuilder(GraphBuilder& builder, const weights::Weights& weights)
      : builder_(builder), weights_(weights), is_(*weights.network.transformer) {}

  BackboneAnswers add(const Patches& patches, const std::vector<std::int64_t>& taps);

 private:
  std::int64_t bands() const { return weights_.network.input.mel_bands; }
  const std::vector<float>& values(const std::string& name) const { return weights_.tensors.at(name); }
  std::string vector(const std::string& name, const std::vector<float>& values);
  LayerNorm norm(const std::string& name, double epsilon);
  std::string linear(const std::string& x, const std::string& name, const std::vector<float>& kernel,
                     const std::vector<float>& bias);
  std::string normalized_bands(const std::string& patches);
  std::string kernel();
  std::string positions(const std::string& columns);
  std::string tokens(const std::string& patches, const std::string& columns);
  std::string query_key_value(const std::string& x, const std::string& name);
  std::string heads(const std::string& x, const std::string& name, const std::vector<std::int64_t>& order);
  std::string attention(const std::string& x, const std::string& block);
  std::string block(const std::string& x, const std::string& block);
  std::string by_patch(const std::string& x, const std::string& name);

  GraphBuilder& builder_;
  const weights::Weights& weights_;
  const network::Transformer& is_;
  std::string shape_by_patch_, shape_by_head_;  ///< [-1, N, D] and [-1, N, heads, head size]
};

std::string TransformerBuilder::vector(const std::string& name, const std::vector<float>& values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return builder_.constant(name, {size}, values);
}

LayerNorm TransformerBuilder::norm(const std::string& name, double epsilon) {
  return {vector(name + ".weight", values(name + ".weight")), vector(name + ".bias", values(name + ".bias")), epsilon};
}

std::string TransformerBuilder::linear(const std::string& x, const std::string& name, const std::vector<float>& kernel,
                                       const std::vector<float>& bias) {
  const auto outputs = static_cast<std::int64_t>(bias.size());
  const auto inputs = static_cast<std::int64_t>(kernel.size()) / outputs;
  const auto weight = builder_.constant(name + ".weight", {outputs, inputs}, kernel);
  return builder_.add("Gemm", {x, weight, vector(name + ".bias", bias)}, name, {{"transB", std::int64_t{1}}});
}

std::string TransformerBuilder::normalized_bands(const std::string& patches) {
  std::vector<float> factors;
  for (std::size_t band = 0; band < values("encoder.init_bn.weight").size(); ++band) {
    const double variance = double{values("encoder.init_bn.running_var")[band]} + is_.input_norm_epsilon;
    factors.push_back(static_cast<float>(values("encoder.init_bn.weight")[band] / std::sqrt(variance)));
  }
  auto x = builder_.add("Sub", {patches, vector("mean of bands", values("encoder.init_bn.running_mean"))},
                        "bands about their mean");
  x = builder_.add("Mul", {x, vector("factors of bands", factors)}, "scaled bands");
  return builder_.add("Add", {x, vector("encoder.init_bn.bias", values("encoder.init_bn.bias"))}, "normalized bands");
}

/// Published as [D, 1, bands, frames]; patches have frames first.
std::string TransformerBuilder::kernel() {
  const auto side = static_cast<std::size_t>(is_.token_side), square = side * side;
  const auto& published = values("encoder.patch_embed.proj.weight");
  std::vector<float> turned(published.size());
  for (std::size_t i = 0; i < turned.size(); ++i) {
    const std::size_t band = i % square / side, frame = i % side;
    turned[i - i % square + frame * side + band] = published[i];
  }
  return builder_.constant("kernel of tokens", {is_.embedding_size, 1, is_.token_side, is_.token_side}, turned);
}

/// [rows, columns, D], without what lies beyond the columns.
std::string TransformerBuilder::positions(const std::string& columns) {
  const auto &of_times = values("encoder.time_pos_embed"), &of_bands = values("encoder.freq_pos_embed");
  const std::int64_t rows = is_.rows(bands());
  std::vector<float> sums;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < is_.max_columns; ++column) {
      for (std::int64_t d = 0; d < is_.embedding_size; ++d) {
        sums.push_back(of_times[static_cast<std::size_t>(d * is_.max_columns + column)] +
                       of_bands[static_cast<std::size_t>(d * rows + row)]);
      }
    }
  }
  const auto all = builder_.constant("positions of all columns", {rows, is_.max_columns, is_.embedding_size}, sums);
  return builder_.add("Slice", {all, builder_.list({0}), columns, builder_.list({1})}, "positions");
}

/// Frames after the last whole column are left out by the convolution.
std::string TransformerBuilder::tokens(const std::string& patches, const std::string& columns) {
  const std::vector<std::int64_t> squares(2, is_.token_side);
  const auto bias = vector("bias of tokens", values("encoder.patch_embed.proj.bias"));
  auto x = builder_.add("Conv", {normalized_bands(patches), kernel(), bias}, "squares",
                        {{"kernel_shape", squares}, {"strides", squares}});
  x = builder_.add("Transpose", {x}, "squares by rows", {{"perm", std::vector<std::int64_t>{0, 3, 2, 1}}});
  x = builder_.add("Add", {x, positions(columns)}, "squares with positions");
  return builder_.add("Reshape", {x, builder_.list({-1, is_.embedding_size})}, "tokens");
}

/// The queries are divided by the root of a head's size beforehand.
std::string TransformerBuilder::query_key_value(const std::string& x, const std::string& name) {
  auto kernel = values(name + ".weight"), bias = values(name + ".bias");
  const double factor = 1 / std::sqrt(static_cast<double>(is_.head_size()));
  const auto scale = [&](float value) { return static_cast<float>(value * factor); };
  std::transform(kernel.begin(), kernel.begin() + is_.embedding_size * is_.embedding_size, kernel.begin(), scale);
  std::transform(bias.begin(), bias.begin() + is_.embedding_size, bias.begin(), scale);
  return linear(x, name, kernel, bias);
}

/// [B * P * N, D] as [B * P, heads, N, head size], or with the last two the other way round.
std::string TransformerBuilder::heads(const std::string& x, const std::string& name,
                                      const std::vector<std::int64_t>& order) {
  const auto split = builder_.add("Reshape", {x, shape_by_head_}, name + " by head");
  return builder_.add("Transpose", {split}, name + " of heads", {{"perm", order}});
}

std::string TransformerBuilder::attention(const std::string& x, const std::string& block) {
  const std::int64_t d = is_.embedding_size;
  const auto parts = builder_.add("Split", {query_key_value(x, block + "attn.qkv"), builder_.list({d, d, d})},
                                  {block + "query", block + "key", block + "value"}, {{"axis", std::int64_t{1}}});
  const auto query = heads(parts[0], parts[0], {0, 2, 1, 3}), key = heads(parts[1], parts[1], {0, 2, 3, 1});
  const auto value = heads(parts[2], parts[2], {0, 2, 1, 3});
  auto y = builder_.add("MatMul", {query, key}, block + "products");
  y = builder_.add("Softmax", {y}, block + "shares", {{"axis", std::int64_t{-1}}});
  y = builder_.add("MatMul", {y, value}, block + "mixed heads");
  y = builder_.add("Transpose", {y}, block + "mixed by token", {{"perm", std::vector<std::int64_t>{0, 2, 1, 3}}});
  y = builder_.add("Reshape", {y, builder_.list({-1, d})}, block + "mixed");
  return linear(y, block + "attn.proj", values(block + "attn.proj.weight"), values(block + "attn.proj.bias"));
}

std::string TransformerBuilder::block(const std::string& x, const std::string& block) {
  const auto linear_of = [&](const std::string& input, const std::string& name) {
    return linear(input, block + name, values(block + name + ".weight"), values(block + name + ".bias"));
  };
  auto y = add_layer_norm(builder_, x, norm(block + "norm1", is_.norm_epsilon), block + "norm1");
  const auto attended = builder_.add("Add", {x, attention(y, block)}, block + "attended");
  y = add_layer_norm(builder_, attended, norm(block + "norm2", is_.norm_epsilon), block + "norm2");
  y = add_gelu(builder_, linear_of(y, "mlp.fc1"), block + "mlp");
  return builder_.add("Add", {attended, linear_of(y, "mlp.fc2")}, block + "tokens");
}

std::string TransformerBuilder::by_patch(const std::string& x, const std::string& name) {
  return builder_.add("Reshape", {x, shape_by_patch_}, name + " by patch");
}

BackboneAnswers TransformerBuilder::add(const Patches& patches, const std::vector<std::int64_t>& taps) {
  const std::int64_t rows = is_.rows(bands()), d = is_.embedding_size;
  const auto columns = patches.frames.empty()
                           ? builder_.list({is_.columns(weights_.network.input.patch_frames)})
                           : builder_.add("Div", {patches.frames, builder_.list({is_.token_side})}, "columns");
  const auto count = builder_.add("Mul", {columns, builder_.list({rows})}, "tokens of a patch");
  shape_by_patch_ = add_sizes(builder_, {builder_.list({-1}), count, builder_.list({d})}, "shape by patch");
  shape_by_head_ =
      add_sizes(builder_, {builder_.list({-1}), count, builder_.list({is_.heads, is_.head_size()})}, "shape by head");
  auto x = tokens(patches.patches, columns);
  std::vector<std::string> tapped;
  for (std::int64_t i = 0; i < is_.depth; ++i) {
    x = block(x, "encoder.blocks." + std::to_string(i) + ".");
    if (std::count(taps.begin(), taps.end(), i + 1) == 0) continue;
    const auto tap = by_patch(x, x);
    tapped.push_back(builder_.add("ReduceMean", {tap}, x + ", means", kOverSecondAxis));
    tapped.push_back(builder_.add("ReduceMax", {tap}, x + ", maxima", kOverSecondAxis));
  }
  x = add_layer_norm(builder_, x, norm("encoder.norm", is_.norm_epsilon), "encoder.norm");
  const auto embeddings =
      builder_.add("ReduceMean", {by_patch(x, "last tokens")}, "embeddings by patch", kOverSecondAxis);
  x = add_layer_norm(builder_, embeddings, norm("outputlayer.0", is_.head_norm_epsilon), "outputlayer.0");
  x = linear(x, "outputlayer.1", weights_.classifier_kernel, weights_.classifier_bias);
  const auto scores = builder_.add("Sigmoid", {x}, "scores by patch");
  if (tapped.empty()) return {embeddings, scores};
  tapped.insert(tapped.begin(), embeddings);
  return {builder_.add("Concat", tapped, "embeddings and tapped blocks", {{"axis", std::int64_t{1}}}), scores};
}

}  // namespace

BackboneAnswers add_transformer(GraphBuilder& builder, const Patches& patches, const weights::Weights& backbone,
                                const std::vector<std::int64_t>& taps) {
  return TransformerBuilder(builder, backbone).add(patches, taps);
}

}  // namespace soundfold::onnx
