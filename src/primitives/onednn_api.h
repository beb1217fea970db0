// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dnnl.hpp>

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

/// All that depends on which oneDNN this is, and on what it knows of the processor. Between its 2.x and 3.x interfaces
/// differs: 3.x has no operation descriptors, takes scales at execution instead of at creation, and adds the bias after
/// scaling instead of before. Whatever is described here takes scratch memory from the caller.
namespace soundfold::primitives {

using Arguments = std::unordered_map<int, dnnl::memory>;

/// What follows a convolution or product element by element, as oneDNN's eltwise post-op.
struct Eltwise {
  dnnl::algorithm algorithm;
  float alpha;
  float beta;
};

struct ConvolutionDescription {
  dnnl::memory::desc source, kernel, bias, output;
  dnnl::memory::dims strides, padding_before, padding_after;
  bool grouped = false;                ///< the kernel's first dimension counts groups
  std::vector<float> channel_factors;  ///< for int8: the sums of channel c times channel_factors[c]; empty: none
  std::optional<Eltwise> eltwise;
};

/// Strict float32 (no downgrading, whatever the environment says).
dnnl::convolution_forward::primitive_desc describe(const ConvolutionDescription& convolution,
                                                   const dnnl::engine& engine);

/// The product of matrices [..., M, K] and [..., K, N].
struct ProductDescription {
  dnnl::memory::desc left, right, output;
  std::optional<dnnl::memory::desc> bias;  ///< [1, N] for [M, N]
  bool added = false;                      ///< to what the output's memory holds
  std::optional<Eltwise> eltwise;          ///< with `added` not used
};

/// Strict float32 likewise.
dnnl::matmul::primitive_desc describe(const ProductDescription& product, const dnnl::engine& engine);

/// Softmax over the last dimension; source and output have the same description.
dnnl::softmax_forward::primitive_desc describe_softmax(const dnnl::memory::desc& values, const dnnl::engine& engine);

/// Layer norm over the last dimension, with scale and shift; source and output have the same description.
dnnl::layer_normalization_forward::primitive_desc describe_layer_norm(const dnnl::memory::desc& values, float epsilon,
                                                                      const dnnl::engine& engine);

/// The float bias to hand over so that the result is factor * (sum + bias).
std::vector<float> bias_for_factors(const std::vector<std::int32_t>& bias, const std::vector<float>& channel_factors);

/// Adds the channel factors where this oneDNN wants them at execution.
void add_factors(Arguments& arguments, const std::vector<float>& channel_factors, const dnnl::engine& engine);

/// Whether the oneDNN that runs has the major version of the headers; LibTorch may carry another one with equal names.
bool version_fits();

/// Whether the processor has oneDNN's instructions for bfloat16, which is otherwise emulated and slower than float32,
/// and for int8 (VNNI), whose products otherwise saturate. ONEDNN_MAX_CPU_ISA in the environment counts.
bool processor_has_bfloat16();
bool processor_has_int8();

/// Whether oneDNN has compiled kernels for this processor (x86-64 with AVX2 or more), not only plain reference loops.
bool processor_is_fast();

}  // namespace soundfold::primitives
