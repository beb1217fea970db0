// SPDX-License-Identifier: Apache-2.0
// What libFuzzer calls. One program for each target: TARGET is its function.
#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  soundfold::fuzz::TARGET(bytes, count);
  return 0;
}
