// SPDX-License-Identifier: Apache-2.0
#include "device/device.h"

#include "support/errors.h"
#include "support/logging.h"
#include "support/processor.h"

#include <dlfcn.h>

namespace soundfold {
namespace {

/// The size of LibTorch's second pool of threads, a flag whose C++ name depends on the build of LibTorch; null when
/// there is none.
int* second_pool_size() {
  for (const char* name :
       {"_ZN3fLI22FLAGS_pthreadpool_sizeE", "FLAGS_pthreadpool_size", "_ZN3c1022FLAGS_pthreadpool_sizeE"}) {
    if (auto* size = static_cast<int*>(dlsym(RTLD_DEFAULT, name)); size != nullptr) return size;
  }
  return nullptr;
}

/// Keeps that pool from starting any: it is unused, and it waits forever for a thread that the system did not grant.
void disable_second_pool() {
  if (int* size = second_pool_size(); size != nullptr) *size = 1;
}

/// LibTorch leaves OpenBLAS's own threads alone. Its calls are looked up by name: other BLAS libraries have none.
int blas_threads() {
  static const auto get = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  return get != nullptr ? get() : 0;
}

void set_blas_threads(int count) {
  static const auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (set != nullptr && count > 0) set(count);
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
  static const bool blas_limited = (set_blas_threads(1), true);
  static_cast<void>(blas_limited);
}

BorrowedTorch::BorrowedTorch()
    : torch_threads_(torch::get_num_threads()),
      blas_threads_(blas_threads()),
      second_pool_(second_pool_size() != nullptr ? *second_pool_size() : 0),
      onednn_(at::globalContext().userEnabledMkldnn()),
      tf32_products_(at::globalContext().allowTF32CuBLAS()),
      tf32_convolutions_(at::globalContext().allowTF32CuDNN()) {
  use_one_torch_thread();
  disable_second_pool();  // which that does once in a process, as the next
  set_blas_threads(1);
}

BorrowedTorch::~BorrowedTorch() {
  torch::set_num_threads(torch_threads_);
  set_blas_threads(blas_threads_);
  if (int* size = second_pool_size(); size != nullptr) *size = second_pool_;
  auto& context = at::globalContext();
  context.setUserEnabledMkldnn(onednn_);
  context.setAllowTF32CuBLAS(tf32_products_);
  context.setAllowTF32CuDNN(tf32_convolutions_);
}

void avoid_wrong_onednn() {
  const auto problem = onednn_processor_problem();
  if (problem.empty() || !at::globalContext().userEnabledMkldnn()) return;
  logger().warn("{}; LibTorch computes without it from now on", problem);
  at::globalContext().setUserEnabledMkldnn(false);
}

}  // namespace soundfold
