// SPDX-License-Identifier: Apache-2.0
#include "optimization/flush_denormals.h"

#include <ATen/Context.h>

namespace soundfold::optimization {

FlushDenormals::FlushDenormals() {
  std::fegetenv(&saved_);
  at::globalContext().setFlushDenormal(true);
}

FlushDenormals::~FlushDenormals() {
  std::fesetenv(&saved_);
}

}  // namespace soundfold::optimization
