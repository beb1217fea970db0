// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda_standin/standin.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <atomic>

namespace soundfold::standin {

/// Runs an operator's CPU kernel on aliases of its device tensors. Throws c10::Error when a CPU tensor with dimensions
/// stands beside a device tensor.
void run_on_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack);

/// The same through the dispatcher, for operators that choose another by the device of their tensors (convolutions).
void call_on_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack);

struct Counters {
  std::atomic<std::int64_t> to_device{0};
  std::atomic<std::int64_t> to_host{0};
  std::atomic<std::int64_t> scalars{0};
  std::atomic<std::int64_t> waits{0};
  std::atomic<std::int64_t> operators{0};
};
Counters& counters();

}  // namespace soundfold::standin
