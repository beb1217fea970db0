// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/onednn_network.h"

#include "primitives/memory.h"
#include "primitives/onednn_api.h"

#include <algorithm>
#include <utility>

namespace soundfold::engines::onednn {
namespace {

using Description = dnnl::memory::desc;
using Dims = dnnl::memory::dims;
using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

/// Channels last. A convolution of single positions takes the patches as one tall image: its kernel is then read once a
/// batch.
Description activations(const Convolution& c, bool output, std::int64_t patches) {
  const std::int64_t channels = output ? c.out_channels : c.in_channels;
  const std::int64_t rows = output ? c.out_rows : c.in_rows;
  const std::int64_t columns = output ? c.out_columns : c.in_columns;
  const Type type = output ? c.output : c.source;
  if (c.side > 1) return {Dims{patches, channels, rows, columns}, type, Tag::nhwc};
  return {Dims{1, channels, patches * rows, columns}, type, Tag::nhwc};
}

Dims kernel_shape(const Convolution& c) {
  return c.depthwise ? Dims{c.out_channels, 1, 1, c.side, c.side} : Dims{c.out_channels, c.in_channels, c.side, c.side};
}

/// The kernel as it came: rows of output channels.
Description plain_kernel(const Convolution& c) {
  return {kernel_shape(c), c.int8_kernel.empty() ? Type::f32 : Type::s8, c.depthwise ? Tag::goihw : Tag::oihw};
}

primitives::ConvolutionDescription description_of(const Convolution& c, std::int64_t patches) {
  const Type kernel_type = c.source == Type::u8 ? Type::s8 : c.source;
  primitives::ConvolutionDescription description;
  description.source = activations(c, false, patches);
  description.kernel = Description(kernel_shape(c), kernel_type, Tag::any);
  description.bias = Description({c.out_channels}, Type::f32, Tag::x);
  description.output = activations(c, true, patches);
  description.strides = {c.stride, c.stride};
  description.padding_before = {c.padding_before, c.padding_before};
  description.padding_after = {c.padding_after, c.padding_after};
  description.grouped = c.depthwise;
  description.channel_factors = c.channel_factors;
  description.eltwise = c.eltwise;
  return description;
}

}  // namespace

Network::Network(std::vector<Convolution> convolutions)
    : convolutions_(std::move(convolutions)), engine_(dnnl::engine::kind::cpu, 0), kernels_(convolutions_.size()) {
  for (const auto& c : convolutions_) biases_.push_back(primitives::float_memory(c.bias, engine_));
}

const Plan& Network::plan(std::int64_t patch_count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [at, fresh] = plans_.try_emplace(patch_count);
  if (fresh) {
    try {
      for (std::size_t i = 0; i < convolutions_.size(); ++i) at->second.push_back(compile(i, patch_count));
    } catch (...) {
      plans_.erase(at);
      throw;
    }
  }
  return at->second;
}

Step Network::compile(std::size_t index, std::int64_t patch_count) {
  const Convolution& c = convolutions_[index];
  const auto description = primitives::describe(description_of(c, patch_count), engine_);
  Step step;
  step.primitive = dnnl::convolution_forward(description);
  step.source = description.src_desc();
  step.output = description.dst_desc();
  step.scratchpad = description.scratchpad_desc();
  step.implementation = description.impl_info_str();
  step.constants = {{DNNL_ARG_WEIGHTS, packed_kernel(index, description.weights_desc())},
                    {DNNL_ARG_BIAS, biases_[index]}};
  primitives::add_factors(step.constants, c.channel_factors, engine_);
  return step;
}

const dnnl::memory& Network::packed_kernel(std::size_t index, const Description& wanted) {
  std::vector<dnnl::memory>& packed = kernels_[index];
  const auto found =
      std::find_if(packed.begin(), packed.end(), [&](const dnnl::memory& m) { return m.get_desc() == wanted; });
  if (found != packed.end()) return *found;
  Convolution& c = convolutions_[index];
  void* values = c.int8_kernel.empty() ? static_cast<void*>(c.float_kernel.data()) : c.int8_kernel.data();
  packed.push_back(primitives::reordered(dnnl::memory(plain_kernel(c), engine_, values), wanted));
  return packed.back();
}

}  // namespace soundfold::engines::onednn
