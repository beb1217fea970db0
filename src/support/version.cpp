// SPDX-License-Identifier: Apache-2.0
#include "support/version.h"

namespace soundfold {

const char* version() {
  return SOUNDFOLD_VERSION;
}

}  // namespace soundfold
