// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace soundfold::standin {

/// CPU tensors over the memory of device tensors, for one operator's run. Device tensors that share a storage get
/// aliases that share one.
class Aliases {
 public:
  at::Tensor alias_of(const at::Tensor& device_tensor);

  /// What an operator gave back, as device tensor: the one whose alias `result` is, else a copy. Throws c10::Error when
  /// it is a view of an alias: such operators need a kernel of their own.
  at::Tensor to_device(const at::Tensor& result);

  /// Writes back the alias of `device_tensor` where the operator gave it another size or memory.
  void write_back(const at::Tensor& device_tensor);

 private:
  struct Pair {
    at::Tensor device;
    at::Tensor alias;
    const void* data = nullptr;  ///< of the alias when made
  };
  c10::Storage storage_for(const at::Tensor& device_tensor);

  std::vector<Pair> pairs_;
};

/// A new device tensor with the values of a CPU tensor, dense.
at::Tensor copied_to_device(const at::Tensor& cpu_tensor);

/// Gives a device tensor another size; memory is enlarged where needed and keeps its values.
void resize_device_tensor(const at::Tensor& device_tensor, at::IntArrayRef sizes);

}  // namespace soundfold::standin
