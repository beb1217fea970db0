// SPDX-License-Identifier: Apache-2.0
#include "support/version.h"

#include <soundfold/version.h>

namespace soundfold {

const char* library_version() noexcept {
  return version();
}

}  // namespace soundfold
