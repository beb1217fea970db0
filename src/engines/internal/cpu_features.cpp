// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/cpu_features.h"

#include "primitives/onednn_api.h"
#include "support/processor.h"

namespace soundfold::engines::onednn {

std::string missing_cpu_features(Precision precision) {
  if (auto problem = onednn_processor_problem(); !problem.empty()) return problem;
  if (precision == Precision::bfloat16 && !primitives::processor_has_bfloat16()) {
    return "this processor has neither avx512_bf16 nor AMX, without which bfloat16 is slower than float32; use float32";
  }
  if (precision == Precision::int8 && !primitives::processor_has_int8()) {
    return "this processor has no VNNI instructions, without which int8 sums saturate and come out wrong; use float32";
  }
  return "";
}

}  // namespace soundfold::engines::onednn
