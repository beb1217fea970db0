// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace soundfold {

/// Arithmetic of a network on the processor. int8 is the published TFLite file's own integer arithmetic.
enum class Precision { float32, bfloat16, int8 };

}  // namespace soundfold
