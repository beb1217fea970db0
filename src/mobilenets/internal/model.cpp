// SPDX-License-Identifier: Apache-2.0
#include "mobilenets/internal/model.h"

#include "primitives/memory.h"
#include "support/errors.h"
#include "weights/network_tensors.h"

#include <algorithm>

namespace soundfold::mobilenets {
namespace {

using Dims = dnnl::memory::dims;
using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

constexpr std::size_t kPlansKept = 8;

dnnl::memory plain_memory(const std::vector<float>& values, const Desc& desc, const dnnl::engine& engine) {
  // The constructor takes a mutable pointer; reordered() only reads it.
  return primitives::reordered(dnnl::memory(desc, engine, const_cast<float*>(values.data())), desc);
}

/// [out, in, 1, 1] and [out, in] as [in, out]; the depthwise [out, 1, side, side] with a group for each channel.
Desc plain_desc(const network::NamedShape& kernel, bool depthwise) {
  const Dims& shape = kernel.shape;
  if (depthwise) return {Dims{shape[0], 1, 1, shape[2], shape[3]}, Type::f32, Tag::goihw};
  return {Dims{kernel.size() / shape[0], shape[0]}, Type::f32, Tag::ba};
}

bool ends_with(const std::string& name, const std::string& end) {
  return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

/// Hard swish in the form of oneDNN 3; oneDNN 2 has it without numbers and ignores them.
std::optional<primitives::Eltwise> eltwise_of(std::optional<dnnl::algorithm> activation) {
  if (!activation) return std::nullopt;
  if (*activation == dnnl::algorithm::eltwise_hardswish) return primitives::Eltwise{*activation, 1.0F / 6, 0.5F};
  return primitives::Eltwise{*activation, 0, 0};
}

template <typename Primitive, typename Description>
Convolution convolution_of(const Description& description, dnnl::memory kernel, dnnl::memory bias) {
  return {Primitive(description),        description.src_desc(), description.dst_desc(),
          description.scratchpad_desc(), std::move(kernel),      std::move(bias)};
}

}  // namespace

Model::Model(const weights::Weights& weights)
    : engine_(dnnl::engine::kind::cpu, 0),
      network_(*weights.network.mobilenet),
      bands_(weights.network.input.mel_bands) {
  const auto linear = [&](const std::string& name) {
    return Linear{weights.tensors.at(name + ".kernel"), weights.tensors.at(name + ".bias")};
  };
  for (const auto& tensor : network::named_tensors(weights.network)) {
    if (!ends_with(tensor.name, ".kernel") || tensor.shape.size() != 4) continue;
    const std::string name = tensor.name.substr(0, tensor.name.size() - std::string(".kernel").size());
    const auto& bias = weights.tensors.at(name + ".bias");
    const bool depthwise = ends_with(name, ".depthwise");
    const Desc row =
        depthwise ? Desc(Dims{tensor.shape[0]}, Type::f32, Tag::x) : Desc(Dims{1, tensor.shape[0]}, Type::f32, Tag::ab);
    kernels_[name] = {plain_memory(weights.tensors.at(tensor.name), plain_desc(tensor, depthwise), engine_),
                      plain_memory(bias, row, engine_),
                      {}};
  }
  for (std::size_t i = 0; i < network_.blocks.size(); ++i) {
    const std::string name = "block" + std::to_string(i + 1) + ".";
    const bool gated = network_.blocks[i].squeeze_channels > 0;
    gates_.push_back(gated ? std::optional(Gate{linear(name + "squeeze"), linear(name + "excite")}) : std::nullopt);
  }
  hidden_ = linear("hidden");
  classifier_ = {weights.classifier_kernel, weights.classifier_bias};
}

const dnnl::memory& Model::packed(Kernel& kernel, const Desc& wanted) const {
  const auto found = std::find_if(kernel.packed.begin(), kernel.packed.end(),
                                  [&](const dnnl::memory& memory) { return memory.get_desc() == wanted; });
  if (found != kernel.packed.end()) return *found;
  kernel.packed.push_back(primitives::reordered(kernel.plain, wanted));
  return kernel.packed.back();
}

Convolution Model::product(const std::string& name, std::int64_t rows, std::optional<dnnl::algorithm> activation,
                           bool added) {
  Kernel& kernel = kernels_.at(name);
  const Dims sizes = kernel.plain.get_desc().dims();
  primitives::ProductDescription product;
  product.left = Desc(Dims{rows, sizes[0]}, Type::f32, Tag::ab);
  product.right = Desc(sizes, Type::f32, Tag::any);
  product.output = Desc(Dims{rows, sizes[1]}, Type::f32, Tag::ab);
  product.bias = kernel.bias.get_desc();
  product.added = added;
  product.eltwise = eltwise_of(activation);
  const auto description = primitives::describe(product, engine_);
  return convolution_of<dnnl::matmul>(description, packed(kernel, description.weights_desc()), kernel.bias);
}

Convolution Model::depthwise(const std::string& name, const MapSize& size, const network::InvertedResidual& block) {
  Kernel& kernel = kernels_.at(name);
  const std::int64_t channels = block.expanded_channels, padding = (block.side - 1) / 2;
  const MapSize out = size.strided(block.stride);
  primitives::ConvolutionDescription convolution;
  convolution.source = Desc(Dims{1, channels, size.frames, size.bands}, Type::f32, Tag::nhwc);
  convolution.kernel = Desc(kernel.plain.get_desc().dims(), Type::f32, Tag::any);
  convolution.bias = kernel.bias.get_desc();
  convolution.output = Desc(Dims{1, channels, out.frames, out.bands}, Type::f32, Tag::nhwc);
  convolution.strides = {block.stride, block.stride};
  convolution.padding_before = convolution.padding_after = {padding, padding};
  convolution.grouped = true;
  convolution.eltwise =
      eltwise_of(block.hard_swish ? dnnl::algorithm::eltwise_hardswish : dnnl::algorithm::eltwise_relu);
  const auto description = primitives::describe(convolution, engine_);
  return convolution_of<dnnl::convolution_forward>(description, packed(kernel, description.weights_desc()),
                                                   kernel.bias);
}

std::shared_ptr<const Plan> Model::compiled(std::int64_t frames) {
  constexpr auto kSwish = dnnl::algorithm::eltwise_hardswish;
  auto made = std::make_shared<Plan>();
  const auto need = [](std::size_t& bytes, const Convolution& part) {
    bytes = std::max({bytes, part.source.get_size(), part.output.get_size()});
  };
  const auto scratch = [&](const Convolution& part) {
    made->scratchpad_bytes = std::max(made->scratchpad_bytes, part.scratchpad.get_size());
  };
  MapSize size = MapSize{frames, bands_}.strided(2);
  made->stem_size = size;
  made->stem = product("stem", size.positions(), kSwish, false);
  made->stream_bytes = made->stem.output.get_size();
  made->wide_bytes = made->stem.source.get_size();
  scratch(made->stem);
  for (std::size_t i = 0; i < network_.blocks.size(); ++i) {
    const auto& block = network_.blocks[i];
    const std::string name = "block" + std::to_string(i + 1) + ".";
    const auto activation = block.hard_swish ? kSwish : dnnl::algorithm::eltwise_relu;
    BlockPlan part;
    if (network_.expands(i)) part.expand = product(name + "expand", size.positions(), activation, false);
    part.depthwise = depthwise(name + "depthwise", size, block);
    size = size.strided(block.stride);
    part.project = product(name + "project", size.positions(), std::nullopt, network_.adds_input(i));
    part.positions = size.positions();
    need(made->wide_bytes, part.depthwise);
    made->stream_bytes = std::max(made->stream_bytes, part.project.output.get_size());
    if (part.expand) scratch(*part.expand);
    scratch(part.depthwise);
    scratch(part.project);
    made->blocks.push_back(std::move(part));
  }
  made->last = product("last", size.positions(), kSwish, false);
  made->last_positions = size.positions();
  made->wide_bytes = std::max(made->wide_bytes, made->last.output.get_size());
  scratch(made->last);
  return made;
}

std::shared_ptr<const Plan> Model::plan(std::int64_t frames) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(plans_.begin(), plans_.end(), [&](const auto& kept) { return kept.first == frames; });
  if (found != plans_.end()) {
    auto kept = *found;
    plans_.erase(found);
    plans_.push_back(std::move(kept));
    return plans_.back().second;
  }
  if (plans_.size() == kPlansKept) plans_.pop_front();
  plans_.emplace_back(frames, compiled(frames));
  return plans_.back().second;
}

std::shared_ptr<Model> make_model(const weights::Weights& weights) {
  if (!weights.network.mobilenet) throw UsageError("weights: these are no MobileNet's");
  weights::check_tensors(weights);
  return std::make_shared<Model>(weights);
}

}  // namespace soundfold::mobilenets
