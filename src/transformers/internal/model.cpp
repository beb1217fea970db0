// SPDX-License-Identifier: Apache-2.0
#include "transformers/internal/model.h"

#include "primitives/memory.h"
#include "weights/network_tensors.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace soundfold::transformers {
namespace {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

/// The weights' tensors by their published names.
class Tensors {
 public:
  Tensors(const weights::Weights& weights, const dnnl::engine& engine) : weights_(weights), engine_(engine) {}

  const std::vector<float>& operator[](const std::string& name) const { return weights_.tensors.at(name); }

  Norm norm(const std::string& name) const {
    return {primitives::float_memory((*this)[name + ".weight"], engine_),
            primitives::float_memory((*this)[name + ".bias"], engine_)};
  }

  Linear linear(const std::string& name) const { return {(*this)[name + ".weight"], (*this)[name + ".bias"], engine_}; }

  /// With q scaled, so that attention needs no factor of its own: for CED a power of two, and exact.
  Linear qkv(const std::string& name, const network::Transformer& transformer) const {
    std::vector<float> kernel = (*this)[name + ".weight"], bias = (*this)[name + ".bias"];
    const double factor = 1.0 / std::sqrt(static_cast<double>(transformer.head_size()));
    const auto scale = [&](std::vector<float>& values, std::int64_t count) {
      std::transform(values.begin(), values.begin() + count, values.begin(),
                     [&](float value) { return static_cast<float>(value * factor); });
    };
    scale(kernel, transformer.embedding_size * transformer.embedding_size);
    scale(bias, transformer.embedding_size);
    return {std::move(kernel), std::move(bias), engine_};
  }

  Block block(std::int64_t i, const network::Transformer& transformer) const {
    const std::string name = "encoder.blocks." + std::to_string(i) + ".";
    return {norm(name + "norm1"),       norm(name + "norm2"),     qkv(name + "attn.qkv", transformer),
            linear(name + "attn.proj"), linear(name + "mlp.fc1"), linear(name + "mlp.fc2")};
  }

 private:
  const weights::Weights& weights_;
  const dnnl::engine& engine_;
};

BandNorm band_norm(const Tensors& tensors, double epsilon) {
  const auto& variance = tensors["encoder.init_bn.running_var"];
  const auto& weight = tensors["encoder.init_bn.weight"];
  BandNorm norm{tensors["encoder.init_bn.running_mean"], {}, tensors["encoder.init_bn.bias"]};
  for (std::size_t i = 0; i < variance.size(); ++i) {
    norm.factor.push_back(static_cast<float>(weight[i] / std::sqrt(variance[i] + epsilon)));
  }
  return norm;
}

std::vector<float> positions_of(const Tensors& tensors, const Geometry& geometry) {
  const auto& of_columns = tensors["encoder.time_pos_embed"];
  const auto& of_rows = tensors["encoder.freq_pos_embed"];
  const auto& bias = tensors["encoder.patch_embed.proj.bias"];
  const auto columns = static_cast<std::size_t>(geometry.transformer.max_columns);
  const auto rows = static_cast<std::size_t>(geometry.rows());
  std::vector<float> positions;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      for (std::size_t d = 0; d < bias.size(); ++d) {
        const double sum = double{of_columns[d * columns + c]} + of_rows[d * rows + r] + bias[d];
        positions.push_back(static_cast<float>(sum));
      }
    }
  }
  return positions;
}

/// The kernel of the tokens' linear map with frames before bands, as squares lie in memory; it comes with bands first.
Linear tokens_linear(const Tensors& tensors, const Geometry& geometry, const dnnl::engine& engine) {
  std::vector<float> kernel = tensors["encoder.patch_embed.proj.weight"];
  const auto side = static_cast<std::size_t>(geometry.transformer.token_side);
  for (std::size_t at = 0; at < kernel.size(); at += side * side) {
    for (std::size_t band = 0; band < side; ++band) {
      for (std::size_t frame = 0; frame < band; ++frame) {
        std::swap(kernel[at + band * side + frame], kernel[at + frame * side + band]);
      }
    }
  }
  return {std::move(kernel), {}, engine};
}

}  // namespace

Linear::Linear(std::vector<float> kernel, std::vector<float> bias, const dnnl::engine& engine)
    : kernel_(std::move(kernel)) {
  if (bias.empty()) return;
  const Desc row({1, static_cast<std::int64_t>(bias.size())}, Type::f32, Tag::ab);
  bias_ = primitives::reordered(dnnl::memory(row, engine, bias.data()), row);
}

const dnnl::memory& Linear::packed(const Desc& wanted, const dnnl::engine& engine) {
  const auto found =
      std::find_if(packed_.begin(), packed_.end(), [&](const dnnl::memory& m) { return m.get_desc() == wanted; });
  if (found != packed_.end()) return *found;
  const Desc plain(wanted.dims(), Type::f32, Tag::ba);
  packed_.push_back(primitives::reordered(dnnl::memory(plain, engine, kernel_.data()), wanted));
  return packed_.back();
}

Model::Model(const weights::Weights& weights, Arithmetic arithmetic) : engine_(dnnl::engine::kind::cpu, 0) {
  if (!weights.network.transformer) throw UsageError("weights: these are no transformer's");
  weights::check_tensors(weights);
  const Tensors tensors(weights, engine_);
  const network::Transformer& transformer = *weights.network.transformer;
  geometry_ = {transformer, weights.network.input.mel_bands, weights.network.class_count,
               arithmetic == Arithmetic::bfloat16 ? Type::bf16 : Type::f32};
  bands_ = band_norm(tensors, transformer.input_norm_epsilon);
  positions_ = positions_of(tensors, geometry_);
  tokens_ = tokens_linear(tensors, geometry_, engine_);
  for (std::int64_t i = 0; i < transformer.depth; ++i) blocks_.push_back(tensors.block(i, transformer));
  final_norm_ = tensors.norm("encoder.norm");
  head_ = {tensors["outputlayer.0.weight"], tensors["outputlayer.0.bias"], weights.classifier_kernel,
           weights.classifier_bias};
}

std::shared_ptr<const Plan> Model::plan(const Shape& shape) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto* known = plans_.find(shape)) return *known;
  auto made = std::make_shared<Plan>(compile(geometry_, shape, engine_));
  const auto pack = [&](Linear& linear, const Product& product) { return linear.packed(product.right, engine_); };
  made->packed_tokens = pack(tokens_, made->tokens);
  for (Block& block : blocks_) {
    made->packed.push_back({pack(block.qkv, made->qkv), pack(block.proj, made->proj), pack(block.fc1, made->fc1),
                            pack(block.fc2, made->fc2)});
  }
  return plans_.add(shape, std::move(made));
}

std::shared_ptr<Model> make_model(const weights::Weights& weights, Arithmetic arithmetic) {
  return std::make_shared<Model>(weights, arithmetic);
}

}  // namespace soundfold::transformers
