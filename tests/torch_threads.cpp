// SPDX-License-Identifier: Apache-2.0
#include "device/device.h"

namespace {

/// Tests run on one thread: their numbers then do not depend on the machine, and they do not fight over its processors.
const bool one_thread = [] {
  soundfold::use_one_torch_thread();
  return true;
}();

}  // namespace
