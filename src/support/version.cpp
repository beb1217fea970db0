#include "support/version.h"

namespace soundfold {

const char* version() {
  return SOUNDFOLD_VERSION;
}

}  // namespace soundfold
