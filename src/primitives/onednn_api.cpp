// SPDX-License-Identifier: Apache-2.0
#include "primitives/onednn_api.h"

#include "support/processor.h"

#include <cstring>

namespace soundfold::primitives {
namespace {

constexpr auto kKind = dnnl::prop_kind::forward_inference;
constexpr bool kBiasIsAddedLast = DNNL_VERSION_MAJOR >= 3;

void append(dnnl::post_ops& operations, const std::optional<Eltwise>& eltwise) {
  if (!eltwise) return;
#if DNNL_VERSION_MAJOR >= 3
  operations.append_eltwise(eltwise->algorithm, eltwise->alpha, eltwise->beta);
#else
  operations.append_eltwise(1.0F, eltwise->algorithm, eltwise->alpha, eltwise->beta);
#endif
}

dnnl::primitive_attr attributes_with(const dnnl::post_ops& operations) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attributes.set_fpmath_mode(dnnl::fpmath_mode::strict);
  attributes.set_post_ops(operations);
  return attributes;
}

void set_factors(dnnl::primitive_attr& attributes, const ConvolutionDescription& convolution) {
  if (convolution.channel_factors.empty()) return;
#if DNNL_VERSION_MAJOR >= 3
  // Along the kernel's output channels: its first dimension, or its first two when the first counts groups.
  attributes.set_scales_mask(DNNL_ARG_WEIGHTS, convolution.grouped ? 3 : 1);
#else
  constexpr int kOutputChannels = 1 << 1;
  attributes.set_output_scales(kOutputChannels, convolution.channel_factors);
#endif
}

/// oneDNN numbers instruction sets so that the bits of one are among those of all that include it.
bool processor_has(dnnl::cpu_isa wanted) {
  const auto bits = static_cast<unsigned>(wanted);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
}

}  // namespace

dnnl::convolution_forward::primitive_desc describe(const ConvolutionDescription& c, const dnnl::engine& engine) {
  dnnl::post_ops operations;
  append(operations, c.eltwise);
  dnnl::primitive_attr attributes = attributes_with(operations);
  set_factors(attributes, c);
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine,   kKind,     kAlgorithm,       c.source,        c.kernel,  c.bias,
          c.output, c.strides, c.padding_before, c.padding_after, attributes};
#else
  const dnnl::convolution_forward::desc operation(kKind, kAlgorithm, c.source, c.kernel, c.bias, c.output, c.strides,
                                                  c.padding_before, c.padding_after);
  return {operation, attributes, engine};
#endif
}

dnnl::matmul::primitive_desc describe(const ProductDescription& p, const dnnl::engine& engine) {
  dnnl::post_ops operations;
  if (p.added) operations.append_sum(1.0F);
  append(operations, p.eltwise);
  const dnnl::primitive_attr attributes = attributes_with(operations);
#if DNNL_VERSION_MAJOR >= 3
  if (p.bias) return {engine, p.left, p.right, *p.bias, p.output, attributes};
  return {engine, p.left, p.right, p.output, attributes};
#else
  if (p.bias) return {dnnl::matmul::desc(p.left, p.right, *p.bias, p.output), attributes, engine};
  return {dnnl::matmul::desc(p.left, p.right, p.output), attributes, engine};
#endif
}

dnnl::softmax_forward::primitive_desc describe_softmax(const dnnl::memory::desc& values, const dnnl::engine& engine) {
  const dnnl::primitive_attr attributes = attributes_with({});
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kKind, dnnl::algorithm::softmax_accurate, values, values, values.get_ndims() - 1, attributes};
#else
  return {dnnl::softmax_forward::desc(kKind, values, values.data.ndims - 1), attributes, engine};
#endif
}

dnnl::layer_normalization_forward::primitive_desc describe_layer_norm(const dnnl::memory::desc& values, float epsilon,
                                                                      const dnnl::engine& engine) {
  const dnnl::primitive_attr attributes = attributes_with({});
  const auto flags = dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift;
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kKind, values, values, epsilon, flags, attributes};
#else
  return {dnnl::layer_normalization_forward::desc(kKind, values, epsilon, flags), attributes, engine};
#endif
}

std::vector<float> bias_for_factors(const std::vector<std::int32_t>& bias, const std::vector<float>& channel_factors) {
  std::vector<float> values;
  for (std::size_t c = 0; c < bias.size(); ++c) {
    const double factor = kBiasIsAddedLast ? channel_factors[c] : 1.0F;
    values.push_back(static_cast<float>(bias[c] * factor));
  }
  return values;
}

#if DNNL_VERSION_MAJOR >= 3
void add_factors(Arguments& arguments, const std::vector<float>& channel_factors, const dnnl::engine& engine) {
  if (channel_factors.empty()) return;
  const auto count = static_cast<dnnl::memory::dim>(channel_factors.size());
  const dnnl::memory::desc description({count}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::x);
  dnnl::memory factors(description, engine);
  std::memcpy(factors.get_data_handle(), channel_factors.data(), channel_factors.size() * sizeof(float));
  arguments.emplace(DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, factors);
}
#else
void add_factors(Arguments&, const std::vector<float>&, const dnnl::engine&) {}
#endif

bool version_fits() {
  return dnnl::version()->major == DNNL_VERSION_MAJOR;
}

bool processor_has_bfloat16() {
  return processor_has(dnnl::cpu_isa::avx512_core_bf16);
}

bool processor_has_int8() {
  return processor_has(dnnl::cpu_isa::avx512_core_vnni) || processor_has(dnnl::cpu_isa::avx2_vnni);
}

bool processor_is_fast() {
  return onednn_processor_problem().empty() && processor_has(dnnl::cpu_isa::avx2);
}

}  // namespace soundfold::primitives
