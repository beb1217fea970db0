// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/compute_type.h"

#include <dnnl.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

/// All that depends on which oneDNN this is, and on what it knows of the processor. Between its 2.x and 3.x interfaces
/// differs: 3.x has no operation descriptors, takes scales at execution instead of at creation, and adds the bias after
/// scaling instead of before. Private to this room.
namespace soundfold::engines::onednn {

using Arguments = std::unordered_map<int, dnnl::memory>;

/// What follows a convolution element by element, as oneDNN's eltwise post-op.
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

/// Strict float32 (no downgrading, whatever the environment says), scratch memory given by the caller.
dnnl::convolution_forward::primitive_desc describe(const ConvolutionDescription& convolution,
                                                   const dnnl::engine& engine);

/// The float bias to hand over so that the result is factor * (sum + bias).
std::vector<float> bias_for_factors(const std::vector<std::int32_t>& bias, const std::vector<float>& channel_factors);

/// Adds the channel factors where this oneDNN wants them at execution.
void add_factors(Arguments& arguments, const std::vector<float>& channel_factors, const dnnl::engine& engine);

/// Whether the oneDNN that runs has the major version of the headers; LibTorch may carry another one with equal names.
bool version_fits();

/// Why oneDNN cannot run `precision` on this processor as it should; empty when it can. float32 runs anywhere,
/// unless onednn_processor_problem() (support/processor.h).
/// bfloat16 is emulated, slower than float32, without avx512_bf16 or AMX; int8 products saturate, so that results are
/// wrong, without the VNNI instructions. ONEDNN_MAX_CPU_ISA in the environment counts.
std::string missing_cpu_features(Precision precision);

/// Whether oneDNN has compiled kernels for this processor (x86-64 with AVX2 or more), not only plain reference loops.
bool processor_is_fast();

}  // namespace soundfold::engines::onednn
