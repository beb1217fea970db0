// SPDX-License-Identifier: Apache-2.0
#include "training/flush_denormals.h"

#include <ATen/Context.h>

namespace soundfold::training {

FlushDenormals::FlushDenormals() {
  std::fegetenv(&saved_);
  at::globalContext().setFlushDenormal(true);
}

FlushDenormals::~FlushDenormals() {
  std::fesetenv(&saved_);
}

}  // namespace soundfold::training
