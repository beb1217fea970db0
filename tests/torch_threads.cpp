// SPDX-License-Identifier: Apache-2.0

#include "support/torch.h"

namespace {

/// Tests run on one thread: their numbers then do not depend on the machine, and they do not fight over its processors.
const bool one_thread = [] {
  torch::set_num_threads(1);
  return true;
}();

}  // namespace
