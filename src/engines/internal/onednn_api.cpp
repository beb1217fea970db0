// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/onednn_api.h"

#include "support/processor.h"

#include <cstring>

namespace soundfold::engines::onednn {
namespace {

constexpr bool kBiasIsAddedLast = DNNL_VERSION_MAJOR >= 3;

dnnl::post_ops post_ops_of(const std::optional<Eltwise>& eltwise) {
  dnnl::post_ops operations;
  if (!eltwise) return operations;
#if DNNL_VERSION_MAJOR >= 3
  operations.append_eltwise(eltwise->algorithm, eltwise->alpha, eltwise->beta);
#else
  operations.append_eltwise(1.0F, eltwise->algorithm, eltwise->alpha, eltwise->beta);
#endif
  return operations;
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
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attributes.set_fpmath_mode(dnnl::fpmath_mode::strict);
  attributes.set_post_ops(post_ops_of(c.eltwise));
  set_factors(attributes, c);
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
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

std::string missing_cpu_features(Precision precision) {
  if (auto problem = onednn_processor_problem(); !problem.empty()) return problem;
  if (precision == Precision::bfloat16 && !processor_has(dnnl::cpu_isa::avx512_core_bf16)) {
    return "this processor has neither avx512_bf16 nor AMX, without which bfloat16 is slower than float32; use float32";
  }
  const bool vnni = processor_has(dnnl::cpu_isa::avx512_core_vnni) || processor_has(dnnl::cpu_isa::avx2_vnni);
  if (precision == Precision::int8 && !vnni) {
    return "this processor has no VNNI instructions, without which int8 sums saturate and come out wrong; use float32";
  }
  return "";
}

bool processor_is_fast() {
  return onednn_processor_problem().empty() && processor_has(dnnl::cpu_isa::avx2);
}

}  // namespace soundfold::engines::onednn
