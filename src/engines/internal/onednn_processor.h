// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/precision.h"

#include <string>

namespace soundfold::engines::onednn {

/// Why oneDNN cannot run `precision` on this processor as it should; empty when it can. float32 runs anywhere,
/// unless onednn_processor_problem() (support/processor.h).
/// bfloat16 is emulated, slower than float32, without avx512_bf16 or AMX; int8 products saturate, so that results are
/// wrong, without the VNNI instructions. ONEDNN_MAX_CPU_ISA in the environment counts.
std::string missing_cpu_features(Precision precision);

/// Whether oneDNN has compiled kernels for this processor (x86-64 with AVX2 or more), not only plain reference loops.
bool processor_is_fast();

}  // namespace soundfold::engines::onednn
