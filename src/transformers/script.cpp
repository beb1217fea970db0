// SPDX-License-Identifier: Apache-2.0
#include "transformers/script.h"

#include "named_modules/module_tensors.h"
#include "network/outputs.h"
#include "support/errors.h"
#include "text/replaced.h"
#include "weights/network_tensors.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace soundfold::transformers {
namespace {

using torch::jit::Module;

constexpr const char* kBlockSource = R"(
def forward(self, x: Tensor) -> Tensor:
    normed = torch.layer_norm(x, [<d>], self.norm1_weight, self.norm1_bias, <norm>)
    parts = torch.linear(normed, self.attn_qkv_weight, self.attn_qkv_bias).reshape([x.size(0), x.size(1), 3, <heads>, <head>])
    parts = parts.permute([2, 0, 3, 1, 4])
    products = torch.matmul(parts.select(0, 0) * <factor>, parts.select(0, 1).transpose(2, 3))
    mixed = torch.matmul(torch.softmax(products, 3), parts.select(0, 2)).transpose(1, 2).reshape([x.size(0), x.size(1), <d>])
    x = x + torch.linear(mixed, self.attn_proj_weight, self.attn_proj_bias)
    normed = torch.layer_norm(x, [<d>], self.norm2_weight, self.norm2_bias, <norm>)
    inside = torch.gelu(torch.linear(normed, self.mlp_fc1_weight, self.mlp_fc1_bias))
    return x + torch.linear(inside, self.mlp_fc2_weight, self.mlp_fc2_bias)
)";

/// The squares of side frames and bands become rows with bands first, as the kernel has them.
constexpr const char* kNetworkSource = R"(
def tokens(self, log_mel: Tensor, filled: int) -> Tensor:
    factor = self.init_bn_weight / torch.sqrt(self.init_bn_running_var + <input>)
    x = (log_mel - self.init_bn_running_mean) * factor + self.init_bn_bias
    if filled > 0:
        x = x.clone()
        x.select(0, x.size(0) - 1).narrow(0, x.size(1) - filled, filled).zero_()
    columns = x.size(1) // <side>
    x = x.narrow(1, 0, columns * <side>).reshape([x.size(0), columns, <side>, <rows>, <side>]).permute([0, 3, 1, 4, 2])
    kernel = self.patch_embed_proj_weight.reshape([<d>, <square>])
    x = torch.linear(x.reshape([x.size(0), <rows> * columns, <square>]), kernel, self.patch_embed_proj_bias)
    positions = (self.time_pos_embed.narrow(3, 0, columns) + self.freq_pos_embed).permute([0, 2, 3, 1])
    return x + positions.reshape([1, <rows> * columns, <d>])

def columns(self, tokens: Tensor) -> Tensor:
    x = torch.layer_norm(tokens, [<d>], self.norm_weight, self.norm_bias, <norm>)
    return torch.mean(x.reshape([x.size(0), <rows>, x.size(1) // <rows>, <d>]), [1])

def classify(self, embeddings: Tensor) -> Tensor:
    normed = torch.layer_norm(embeddings, [<d>], self.outputlayer_0_weight, self.outputlayer_0_bias, <head norm>)
    return torch.linear(normed, self.classifier_kernel, self.classifier_bias)

def forward(self, patches: Tensor) -> Tuple[Tensor, Tensor]:
    x = self.tokens(torch.squeeze(patches, 1), 0)
<blocks>
    embeddings = <pooled>
    return (<row>, torch.sigmoid(self.classify(embeddings)))
)";

/// A number as TorchScript reads it, to the last digit.
std::string real_text(double value) {
  std::ostringstream text;
  text << std::scientific << std::setprecision(std::numeric_limits<double>::max_digits10 - 1) << value;
  return text.str();
}

std::string with_numbers(std::string source, const network::Description& network) {
  const network::Transformer& transformer = *network.transformer;
  const std::pair<const char*, std::string> numbers[] = {
      {"<d>", std::to_string(transformer.embedding_size)},
      {"<heads>", std::to_string(transformer.heads)},
      {"<head>", std::to_string(transformer.head_size())},
      {"<factor>", real_text(1 / std::sqrt(static_cast<double>(transformer.head_size())))},
      {"<side>", std::to_string(transformer.token_side)},
      {"<square>", std::to_string(transformer.token_side * transformer.token_side)},
      {"<rows>", std::to_string(transformer.rows(network.input.mel_bands))},
      {"<norm>", real_text(transformer.norm_epsilon)},
      {"<input>", real_text(transformer.input_norm_epsilon)},
      {"<head norm>", real_text(transformer.head_norm_epsilon)}};
  for (const auto& [place, number] : numbers) source = replaced(std::move(source), place, number);
  return source;
}

/// One type and one piece of code for all blocks.
Module block_prototype(const network::Description& network, const std::shared_ptr<torch::jit::CompilationUnit>& unit) {
  Module block("__torch__.soundfold.transformers.Block", unit);
  for (const auto& tensor : network::transformer_tensors(*network.transformer, network.input.mel_bands)) {
    const auto home = named_modules::home_of(tensor.name);
    if (home.block == "block0") named_modules::enter(block, home.name, torch::zeros(1));
  }
  block.define(with_numbers(kBlockSource, network));
  return block;
}

std::string network_source(const network::Description& network, const std::vector<std::int64_t>& taps) {
  std::string blocks, tapped;
  for (std::int64_t i = 0; i < network.transformer->depth; ++i) {
    blocks += "    x = self.block" + std::to_string(i) + ".forward(x)\n";
    if (std::find(taps.begin(), taps.end(), i + 1) == taps.end()) continue;
    const std::string tap = "tap" + std::to_string(i + 1);
    blocks += "    " + tap + " = torch.cat([torch.mean(x, [1]), torch.amax(x, [1])], 1)\n";
    tapped += ", " + tap;
  }
  const bool has_rows = network.input.row_frames > 0;
  const std::string pooled = has_rows ? "self.columns(x).reshape([-1, <d>])" : "torch.mean(self.columns(x), [1])";
  const std::string row = tapped.empty() ? "embeddings" : "torch.cat([embeddings" + tapped + "], 1)";
  std::string source = replaced(replaced(kNetworkSource, "<blocks>", blocks), "<row>", row);
  return with_numbers(replaced(std::move(source), "<pooled>", pooled), network);
}

}  // namespace

Module scripted(const weights::Weights& weights, const std::shared_ptr<torch::jit::CompilationUnit>& unit,
                const std::vector<std::int64_t>& taps) {
  if (!weights.network.transformer) throw UsageError("weights: these are no transformer's");
  weights::check_tensors(weights);
  const network::Description& described = weights.network;
  if (!taps.empty()) network::refuse_rows(described, "backbone.taps");
  const Module prototype = block_prototype(described, unit);
  Module network("__torch__.soundfold.transformers.Transformer", unit);
  for (std::int64_t i = 0; i < described.transformer->depth; ++i) {
    network.register_module("block" + std::to_string(i), prototype.copy());
  }
  named_modules::enter_all(network, weights);
  network.define(network_source(described, taps));
  return network;
}

}  // namespace soundfold::transformers
