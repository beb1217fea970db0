// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/compute_type.h"

#include <soundfold/precision.h>

namespace soundfold {

/// The public precision as engines/ has it.
inline engines::Precision engine_precision(Precision precision) {
  switch (precision) {
    case Precision::float32:
      return engines::Precision::float32;
    case Precision::bfloat16:
      return engines::Precision::bfloat16;
    case Precision::int8:
      return engines::Precision::int8;
  }
  return engines::Precision::float32;
}

}  // namespace soundfold
