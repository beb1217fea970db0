// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/onednn_processor.h"

#include "support/processor.h"

#include <dnnl.hpp>

namespace soundfold::engines::onednn {
namespace {

/// oneDNN numbers instruction sets so that the bits of one are among those of all that include it.
bool processor_has(dnnl::cpu_isa wanted) {
  const auto bits = static_cast<unsigned>(wanted);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
}

}  // namespace

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
