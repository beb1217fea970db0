// SPDX-License-Identifier: Apache-2.0
#include "device/device.h"

#include "support/errors.h"
#include "support/processor.h"

#include <dlfcn.h>

namespace soundfold {
namespace {

/// Keeps LibTorch's second pool of threads from starting any: it is unused, and it waits forever for a thread that
/// the system did not grant. Its size is a flag, whose C++ name depends on the build of LibTorch.
void disable_second_pool() {
  for (const char* name :
       {"_ZN3fLI22FLAGS_pthreadpool_sizeE", "FLAGS_pthreadpool_size", "_ZN3c1022FLAGS_pthreadpool_sizeE"}) {
    if (auto* size = static_cast<int*>(dlsym(RTLD_DEFAULT, name)); size != nullptr) *size = 1;
  }
}

}  // namespace

torch::Device choose_device(const std::string& name) {
  if (name == "auto") return torch::cuda::is_available() ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
  if (name == "cpu") return torch::Device(torch::kCPU);
  const bool indexed = name.rfind("cuda:", 0) == 0;
  if (name != "cuda" && !indexed) throw UsageError("device '" + name + "' is not one of auto, cpu, cuda, cuda:N");
  std::size_t index = 0;
  if (indexed) {
    const std::string digits = name.substr(5);
    if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos) {
      throw UsageError("device '" + name + "': the part after 'cuda:' must be a number");
    }
    index = std::stoul(digits);
  }
  const auto available = torch::cuda::is_available() ? torch::cuda::device_count() : 0;
  if (index >= available) {
    const std::string seen = available == 0   ? "no CUDA device"
                             : available == 1 ? "one CUDA device, cuda:0"
                                              : "cuda:0 to cuda:" + std::to_string(available - 1);
    throw UsageError("device '" + name + "' is not available: this LibTorch sees " + seen + "; use auto or cpu");
  }
  return torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(index));
}

std::string device_reason(const std::string& name) {
  if (name != "auto") return "requested";
  const auto available = torch::cuda::is_available() ? torch::cuda::device_count() : 0;
  if (available == 0) return "auto: this LibTorch sees no CUDA device";
  return available == 1 ? "auto: the CUDA device" : "auto: the first of " + std::to_string(available) + " CUDA devices";
}

std::string describe_device(const torch::Device& device, int threads) {
  if (!device.is_cpu()) return device.str();
  return "cpu (" + std::to_string(threads) + (threads == 1 ? " thread)" : " threads)");
}

void set_tf32(bool allowed) {
  auto& context = at::globalContext();
  context.setAllowTF32CuBLAS(allowed);
  context.setAllowTF32CuDNN(allowed);
}

bool tf32_used(const torch::Device& device) {
  const auto& context = at::globalContext();
  return !device.is_cpu() && (context.allowTF32CuBLAS() || context.allowTF32CuDNN());
}

torch::Device use_device(const std::string& name, bool tf32) {
  set_tf32(tf32);
  return choose_device(name);
}

void use_one_torch_thread() {
  static const bool pool_disabled = (disable_second_pool(), true);
  static_cast<void>(pool_disabled);
  torch::set_num_threads(1);
  if (!onednn_processor_problem().empty()) at::globalContext().setUserEnabledMkldnn(false);
  // LibTorch leaves OpenBLAS's own threads alone. The call is looked up by name: other BLAS libraries have none.
  static const auto blas_threads = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  static const bool blas_limited = blas_threads != nullptr && (blas_threads(1), true);
  static_cast<void>(blas_limited);
}

}  // namespace soundfold
