// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/compute_type.h"

#include <string>

/// Private to this room.
namespace soundfold::engines::onednn {

/// Why oneDNN cannot run `precision` on this processor as it should; empty when it can. float32 runs anywhere,
/// unless onednn_processor_problem() (support/processor.h).
/// bfloat16 is emulated, slower than float32, without avx512_bf16 or AMX; int8 products saturate, so that results are
/// wrong, without the VNNI instructions.
std::string missing_cpu_features(Precision precision);

}  // namespace soundfold::engines::onednn
