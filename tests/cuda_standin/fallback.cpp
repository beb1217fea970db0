// SPDX-License-Identifier: Apache-2.0
#include "cuda_standin/fallback.h"

#include "cuda_standin/aliases.h"

#include <ATen/core/Generator.h>
#include <ATen/core/List.h>
#include <torch/library.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>

namespace soundfold::standin {
namespace {

/// Operators that make the host wait for the device: their result's shape depends on values, or they are an answer.
bool makes_host_wait(const std::string& name) {
  static const std::array<const char*, 9> names = {
      "aten::nonzero", "aten::masked_select",      "aten::_unique",           "aten::_unique2", "aten::unique_dim",
      "aten::equal",   "aten::unique_consecutive", "aten::repeat_interleave", "aten::bincount"};
  for (const char* known : names) {
    if (name == known) return true;
  }
  return false;
}

/// A tensor inside an argument, whatever holds it, becomes what `change` makes of it.
template <typename Change>
c10::IValue changed(const c10::IValue& value, const Change& change) {
  if (value.isTensor()) return change(value.toTensor());
  if (value.isTensorList()) {
    c10::List<at::Tensor> list;
    for (const at::Tensor& item : value.toTensorVector()) list.push_back(change(item));
    return list;
  }
  if (value.isList() && value.toListRef().size() > 0) {
    bool tensors = false;
    for (const auto& item : value.toListRef()) tensors |= item.isTensor();
    if (!tensors) return value;
    c10::List<c10::optional<at::Tensor>> list;
    for (const auto& item : value.toListRef()) {
      list.push_back(item.isTensor() ? c10::optional<at::Tensor>(change(item.toTensor())) : c10::nullopt);
    }
    return list;
  }
  return value;
}

class Run {
 public:
  Run(const c10::OperatorHandle& op, torch::jit::Stack& stack)
      : op_(op), stack_(stack), begin_(stack.size() - op.schema().arguments().size()) {}

  void prepare() {
    bool on_device = false;
    for (std::size_t i = begin_; i < stack_.size(); ++i) {
      static_cast<void>(changed(stack_[i], [&](const at::Tensor& tensor) {
        on_device |= tensor.defined() && tensor.is_cuda();
        return tensor;
      }));
    }
    for (std::size_t i = begin_; i < stack_.size(); ++i) prepare(stack_[i], i - begin_, on_device);
  }

  void finish() {
    for (const at::Tensor& tensor : written_) aliases_.write_back(tensor);
    for (std::size_t i = stack_.size() - op_.schema().returns().size(); i < stack_.size(); ++i) {
      stack_[i] = changed(stack_[i], [&](const at::Tensor& tensor) { return aliases_.to_device(tensor); });
    }
  }

 private:
  void prepare(c10::IValue& value, std::size_t index, bool on_device) {
    if (value.isDevice()) {
      value = c10::Device(c10::DeviceType::CPU);
      return;
    }
    const auto& argument = op_.schema().arguments()[index];
    const bool writes = argument.alias_info() != nullptr && argument.alias_info()->isWrite();
    value = changed(value, [&](const at::Tensor& tensor) {
      if (!tensor.defined()) return tensor;
      if (!tensor.is_cuda()) {
        TORCH_CHECK(!on_device || tensor.dim() == 0, op_.schema().name(), ": argument '", argument.name(),
                    "' is on the CPU, but others are on cuda:0");
        return tensor;
      }
      if (writes) written_.push_back(tensor);
      return aliases_.alias_of(tensor);
    });
  }

  const c10::OperatorHandle& op_;
  torch::jit::Stack& stack_;
  std::size_t begin_;
  Aliases aliases_;
  std::vector<at::Tensor> written_;
};

void write_counts() {
  const char* path = std::getenv(kCountsVariable);
  if (path == nullptr) return;
  const auto& now = counters();
  std::ofstream(path) << "to_device " << now.to_device << " to_host " << now.to_host << " scalars " << now.scalars
                      << " waits " << now.waits << " operators " << now.operators << '\n';
}

[[maybe_unused]] const bool counts_registered = std::atexit(&write_counts) == 0;

}  // namespace

Counters& counters() {
  static auto* const instance = new Counters();
  return *instance;
}

void run_on_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  ++counters().operators;
  if (makes_host_wait(op.schema().name())) ++counters().waits;
  Run run(op, *stack);
  run.prepare();
  op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
  run.finish();
}

void call_on_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  ++counters().operators;
  Run run(op, *stack);
  run.prepare();
  op.callBoxed(stack);
  run.finish();
}

}  // namespace soundfold::standin

extern "C" soundfold::standin::Counts soundfold_standin_counts() {
  auto& now = soundfold::standin::counters();
  return {now.to_device.exchange(0), now.to_host.exchange(0), now.scalars.exchange(0), now.waits.exchange(0),
          now.operators.exchange(0)};
}

TORCH_LIBRARY_IMPL(_, CUDA, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&soundfold::standin::run_on_cpu>());
}
