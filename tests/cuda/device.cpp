// SPDX-License-Identifier: Apache-2.0
#include "cuda/device.h"

#include "device/device.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace soundfold::testing {
namespace {

template <typename Function>
Function* standin_function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

constexpr const char* kCounts = "soundfold_standin_counts";

/// Without a device there is nothing to test, which ctest reports as skipped.
const bool ready = [] {
  if (std::getenv("SOUNDFOLD_SKIP_WITHOUT_CUDA") != nullptr && !torch::cuda::is_available()) {
    std::fputs("skipped: these tests need a CUDA device, and this LibTorch sees none\n", stderr);
    std::exit(77);
  }
  set_tf32(false);
  return true;
}();

}  // namespace

bool on_standin() {
  return dlsym(RTLD_DEFAULT, kCounts) != nullptr;
}

standin::Counts counts_since_last() {
  auto* counts = standin_function<standin::Counts()>(kCounts);
  if (counts == nullptr) throw std::runtime_error("only the stand-in counts copies");
  return counts();
}

bool draws_differ(const training::Settings& settings) {
  return !on_standin() && (settings.head.dropout > 0 || settings.augmentation.noise_std > 0);
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kCPU) - b.to(torch::kCPU)).abs().max().item<double>();
}

}  // namespace soundfold::testing
