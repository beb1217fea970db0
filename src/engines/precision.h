// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace soundfold::engines {

/// Arithmetic of the oneDNN engine. int8 is the published TFLite file's own integer arithmetic.
enum class Precision { float32, bfloat16, int8 };

/// "float32", "bfloat16", "int8".
std::string precision_name(Precision precision);

/// The precision that `name` means; "auto" is float32, so that the same configuration gives the same values on every
/// machine. Throws UsageError for any other name.
Precision precision_from_name(const std::string& name);

}  // namespace soundfold::engines
