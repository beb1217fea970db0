// SPDX-License-Identifier: Apache-2.0
#include "engines/compute_type.h"

#include "support/errors.h"

namespace soundfold::engines {

std::string precision_name(Precision precision) {
  if (precision == Precision::bfloat16) return "bfloat16";
  return precision == Precision::int8 ? "int8" : "float32";
}

Precision precision_from_name(const std::string& name) {
  if (name == "auto" || name == "float32") return Precision::float32;
  if (name == "bfloat16") return Precision::bfloat16;
  if (name == "int8") return Precision::int8;
  throw UsageError("precision '" + name + "' is not one of auto, float32, bfloat16, int8");
}

}  // namespace soundfold::engines
