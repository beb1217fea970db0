// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// A transformer over a patch of log-mel values, as CED has it (Dinkel et al., "CED: Consistent ensemble distillation
/// for audio tagging", arXiv 2308.11957).
namespace soundfold::network {

/// What is computed of a patch [frames, bands], with D = embedding_size, c = columns(frames), r = bands / token_side:
///  1. each band is normalised: (x - mean) / sqrt(variance + input_norm_epsilon) * weight + bias;
///  2. each square of token_side frames and bands becomes a token [D] by a linear map (kernel [D, 1, bands, frames]),
///     and the position of its column and that of its row are added; frames after the last whole column are left out.
///     The token of row i and column j is number i * c + j, of r * c;
///  3. `depth` blocks: x += proj(attention(norm1(x))); x += fc2(gelu(fc1(norm2(x)))), where norms are layer norms with
///     norm_epsilon, GELU is the exact one (erf), qkv gives q, k and v one after the other, each in `heads` parts of
///     head_size(), and attention is softmax(q k^T / sqrt(head_size())) v;
///  4. a layer norm with norm_epsilon. The mean of all tokens is the embedding;
///  5. a layer norm of the embedding with head_norm_epsilon, the classifier, and a sigmoid.
struct Transformer {
  std::int64_t embedding_size = 192;  ///< D, of a token and of the embedding
  std::int64_t heads = 3;
  std::int64_t depth = 12;      ///< blocks
  std::int64_t mlp_size = 768;  ///< values inside a block's MLP
  std::int64_t token_side = 16;
  std::int64_t max_columns = 63;  ///< for which there are positions
  double input_norm_epsilon = 1e-5;
  double norm_epsilon = 1e-6;
  double head_norm_epsilon = 1e-5;

  std::int64_t head_size() const { return heads > 0 ? embedding_size / heads : 0; }
  std::int64_t rows(std::int64_t mel_bands) const { return mel_bands / token_side; }
  /// At most max_columns.
  std::int64_t columns(std::int64_t frames) const {
    const std::int64_t whole = frames / token_side;
    return whole < max_columns ? whole : max_columns;
  }
  bool operator==(const Transformer& other) const {
    return embedding_size == other.embedding_size && heads == other.heads && depth == other.depth &&
           mlp_size == other.mlp_size && token_side == other.token_side && max_columns == other.max_columns &&
           input_norm_epsilon == other.input_norm_epsilon && norm_epsilon == other.norm_epsilon &&
           head_norm_epsilon == other.head_norm_epsilon;
  }
};

/// A tensor by its name in published files.
struct NamedShape {
  std::string name;
  std::vector<std::int64_t> shape;

  std::int64_t size() const;
};

/// Its float32 tensors in the order of the published state dict ("encoder.time_pos_embed" [1, D, 1, max_columns],
/// "encoder.freq_pos_embed" [1, D, rows, 1], "encoder.init_bn.weight" [bands], ..., "encoder.blocks.0.attn.qkv.weight"
/// [3 D, D], ..., "encoder.norm.bias" [D], "outputlayer.0.weight" [D], "outputlayer.0.bias" [D]), all but the
/// classifier's two ("outputlayer.1.weight", "outputlayer.1.bias"), which every network has apart: 156 for CED.
std::vector<NamedShape> transformer_tensors(const Transformer& transformer, std::int64_t mel_bands);

/// Multiply-accumulates of one patch of so many frames: tokens, projections, attention, MLPs and classifier.
std::int64_t multiply_accumulates(const Transformer& transformer, std::int64_t frames, std::int64_t mel_bands,
                                  std::int64_t class_count);

}  // namespace soundfold::network
