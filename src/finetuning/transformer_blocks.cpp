// SPDX-License-Identifier: Apache-2.0
#include "finetuning/transformer_blocks.h"

#include "device/tensor_values.h"
#include "network/transformer_cut.h"
#include "support/errors.h"
#include "weights/network_tensors.h"

#include <cmath>
#include <memory>

namespace soundfold::finetuning {
namespace {

const std::string kNormOfBands = "encoder.init_bn.";

std::string name_of_block(std::int64_t block) {
  return "encoder.blocks." + std::to_string(block - 1) + ".";
}

bool starts_with(const std::string& name, const std::string& start) {
  return name.compare(0, start.size(), start) == 0;
}

/// Registers a tensor below modules named by the parts of its name.
void register_at(torch::nn::Module& root, const std::string& name, const torch::Tensor& tensor, bool frozen) {
  auto* holder = &root;
  std::size_t begin = 0;
  for (auto end = name.find('.'); end != std::string::npos; end = name.find('.', begin)) {
    const auto part = name.substr(begin, end - begin);
    const auto children = holder->named_children();
    const auto* child = children.find(part);
    holder =
        child != nullptr ? child->get() : holder->register_module(part, std::make_shared<torch::nn::Module>()).get();
    begin = end + 1;
  }
  const auto last = name.substr(begin);
  frozen ? holder->register_buffer(last, tensor) : holder->register_parameter(last, tensor);
}

}  // namespace

std::int64_t block_of_tensor(const std::string& name, std::int64_t depth) {
  const std::string blocks = "encoder.blocks.";
  if (starts_with(name, blocks)) return 1 + std::stoll(name.substr(blocks.size()));
  if (starts_with(name, "encoder.norm.")) return depth;
  return starts_with(name, "encoder.") ? 1 : 0;
}

bool is_trainable(const std::string& name) {
  return !starts_with(name, kNormOfBands);
}

std::int64_t transformer_row_size(const network::Description& network, std::int64_t first) {
  const auto& input = network.input;
  return first == 1 ? 1 + input.patch_values()
                    : network::cut_row_size(*network.transformer, input.patch_frames, input.mel_bands);
}

TransformerBlocksImpl::TransformerBlocksImpl(const weights::Weights& weights, std::int64_t first, std::int64_t last)
    : network_(weights.network), first_(first), last_(last) {
  if (!network_.transformer) throw UsageError("weights: these are no transformer's");
  weights::check_tensors(weights);
  const auto depth = network_.transformer->depth;
  if (first < 1 || last < first || last > depth) {
    throw UsageError("blocks " + std::to_string(first) + " to " + std::to_string(last) + ": the network has 1 to " +
                     std::to_string(depth));
  }
  for (const auto& tensor : network::transformer_tensors(*network_.transformer, network_.input.mel_bands)) {
    const auto block = block_of_tensor(tensor.name, depth);
    if (block < first || block > last) continue;
    const auto values = torch::tensor(weights.tensors.at(tensor.name), torch::kFloat32).reshape(tensor.shape);
    register_at(*this, tensor.name, values, !is_trainable(tensor.name));
    tensors_[tensor.name] = values;
    if (is_trainable(tensor.name)) parameter_blocks_.emplace_back(block, tensor.name);
  }
}

torch::Tensor TransformerBlocksImpl::linear(const torch::Tensor& x, const std::string& name) const {
  return torch::linear(x, tensor(name + ".weight"), tensor(name + ".bias"));
}

torch::Tensor TransformerBlocksImpl::layer_norm(const torch::Tensor& x, const std::string& name) const {
  const auto& transformer = *network_.transformer;
  return torch::layer_norm(x, {transformer.embedding_size}, tensor(name + ".weight"), tensor(name + ".bias"),
                           transformer.norm_epsilon);
}

torch::Tensor TransformerBlocksImpl::tokens_of(const torch::Tensor& log_mel) const {
  const auto& transformer = *network_.transformer;
  const auto side = transformer.token_side, d = transformer.embedding_size, patches = log_mel.size(0);
  const auto rows = transformer.rows(network_.input.mel_bands), columns = transformer.columns(log_mel.size(1));
  const auto of_bands = [&](const char* what) { return tensor(kNormOfBands + what); };
  const auto factor = of_bands("weight") / (of_bands("running_var") + transformer.input_norm_epsilon).sqrt();
  const auto normed = (log_mel - of_bands("running_mean")) * factor + of_bands("bias");
  // The kernel has bands before frames.
  const auto squares = normed.narrow(1, 0, columns * side)
                           .reshape({patches, columns, side, rows, side})
                           .permute({0, 3, 1, 4, 2})
                           .reshape({patches, rows * columns, side * side});
  const auto kernel = tensor("encoder.patch_embed.proj.weight").reshape({d, side * side});
  const auto positions = tensor("encoder.time_pos_embed").narrow(3, 0, columns) + tensor("encoder.freq_pos_embed");
  return torch::linear(squares, kernel, tensor("encoder.patch_embed.proj.bias")) +
         positions.permute({0, 2, 3, 1}).reshape({1, rows * columns, d});
}

torch::Tensor TransformerBlocksImpl::block(const torch::Tensor& x, const std::string& name) const {
  const auto& transformer = *network_.transformer;
  const auto patches = x.size(0), tokens = x.size(1), d = transformer.embedding_size;
  const auto parts = linear(layer_norm(x, name + "norm1"), name + "attn.qkv")
                         .reshape({patches, tokens, 3, transformer.heads, transformer.head_size()})
                         .permute({2, 0, 3, 1, 4});
  const double factor = 1 / std::sqrt(static_cast<double>(transformer.head_size()));
  const auto products = torch::matmul(parts.select(0, 0) * factor, parts.select(0, 1).transpose(2, 3));
  const auto mixed =
      torch::matmul(products.softmax(3), parts.select(0, 2)).transpose(1, 2).reshape({patches, tokens, d});
  const auto attended = x + linear(mixed, name + "attn.proj");
  const auto inside = torch::gelu(linear(layer_norm(attended, name + "norm2"), name + "mlp.fc1"));
  return attended + linear(inside, name + "mlp.fc2");
}

torch::Tensor TransformerBlocksImpl::forward(const torch::Tensor& windows) {
  auto x = first_ == 1 ? tokens_of(windows) : windows;
  for (auto number = first_; number <= last_; ++number) x = block(x, name_of_block(number));
  return x;
}

torch::Tensor TransformerBlocksImpl::embed_windows(const torch::Tensor& rows, std::int64_t length) {
  const auto& transformer = *network_.transformer;
  const auto bands = network_.input.mel_bands;
  const auto count = first_ == 1 ? length : length * transformer.rows(bands);
  const auto width = first_ == 1 ? bands : transformer.embedding_size;
  const auto windows = rows.narrow(1, 1, count * width).reshape({rows.size(0), count, width});
  return layer_norm(forward(windows), "encoder.norm").mean(1);
}

torch::Tensor TransformerBlocksImpl::embed(const torch::Tensor& rows) {
  const auto& transformer = *network_.transformer;
  const auto& input = network_.input;
  if (rows.size(0) == 0) return torch::zeros({0, transformer.embedding_size}, rows.options());
  const auto most = first_ == 1 ? input.patch_frames : transformer.columns(input.patch_frames);
  const auto least = first_ == 1 ? transformer.token_side : 1;
  const auto lengths = rows.detach().select(1, 0).to(torch::kCPU, torch::kFloat32).contiguous();
  std::map<std::int64_t, std::vector<std::int64_t>> windows_of;
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    const auto length = static_cast<double>(lengths.data_ptr<float>()[i]);
    if (!(length >= static_cast<double>(least) && length <= static_cast<double>(most))) {
      throw UsageError("a window at the cut has " + std::to_string(length) + (first_ == 1 ? " frames" : " columns") +
                       ", not " + std::to_string(least) + " to " + std::to_string(most));
    }
    windows_of[static_cast<std::int64_t>(length)].push_back(i);
  }
  if (windows_of.size() == 1) return embed_windows(rows, windows_of.begin()->first);
  std::vector<torch::Tensor> embeddings;
  std::vector<std::int64_t> order;
  for (const auto& [length, windows] : windows_of) {
    const auto chosen = torch::tensor(windows, torch::kLong).to(rows.device());
    embeddings.push_back(embed_windows(rows.index_select(0, chosen), length));
    order.insert(order.end(), windows.begin(), windows.end());
  }
  return torch::cat(embeddings).index_select(0, torch::tensor(order, torch::kLong).argsort().to(rows.device()));
}

std::vector<std::vector<torch::Tensor>> TransformerBlocksImpl::parameters_of_blocks() const {
  std::vector<std::vector<torch::Tensor>> blocks(static_cast<std::size_t>(1 + last_ - first_));
  for (const auto& [block, name] : parameter_blocks_) {
    blocks[static_cast<std::size_t>(block - first_)].push_back(tensor(name));
  }
  return blocks;
}

void TransformerBlocksImpl::copy_to(weights::Weights& weights) const {
  for (const auto& [block, name] : parameter_blocks_) {
    auto values = values_of(tensor(name));
    auto& target = weights.tensors.at(name);
    if (values.size() != target.size()) throw UsageError(name + ": the trained values do not fit these weights");
    target = std::move(values);
  }
}

}  // namespace soundfold::finetuning
