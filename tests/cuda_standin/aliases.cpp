// SPDX-License-Identifier: Apache-2.0
#include "cuda_standin/aliases.h"

#include "cuda_standin/memory.h"

#include <ATen/EmptyTensor.h>
#include <ATen/ops/empty_strided.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/TensorImpl.h>

#include <algorithm>
#include <cstring>

namespace soundfold::standin {
namespace {

const c10::DispatchKeySet kCpuKeys(c10::DispatchKey::CPU);

void* data_of(const at::Tensor& tensor) {
  return tensor.has_storage() ? tensor.storage().data_ptr().get() : nullptr;
}

c10::Storage storage_over(void* memory, std::size_t bytes) {
  return {c10::Storage::use_byte_size_t(), bytes, c10::DataPtr(memory, c10::Device(c10::DeviceType::CPU)),
          c10::GetCPUAllocator(), true};
}

at::Tensor tensor_over(c10::Storage storage, const at::Tensor& like) {
  auto tensor = at::detail::make_tensor<c10::TensorImpl>(std::move(storage), kCpuKeys, like.dtype());
  auto* impl = tensor.unsafeGetTensorImpl();
  impl->set_sizes_and_strides(like.sizes(), like.strides());
  impl->set_storage_offset(like.storage_offset());
  if (like.unsafeGetTensorImpl()->is_wrapped_number()) impl->set_wrapped_number(true);
  return tensor;
}

bool same_shape(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() && a.strides() == b.strides() && a.storage_offset() == b.storage_offset();
}

}  // namespace

c10::Storage Aliases::storage_for(const at::Tensor& device_tensor) {
  const auto* shared = device_tensor.storage().unsafeGetStorageImpl();
  for (const auto& pair : pairs_) {
    if (pair.device.storage().unsafeGetStorageImpl() == shared) return pair.alias.storage();
  }
  return storage_over(readable(data_of(device_tensor)), device_tensor.storage().nbytes());
}

at::Tensor Aliases::alias_of(const at::Tensor& device_tensor) {
  for (const auto& pair : pairs_) {
    if (pair.device.is_same(device_tensor)) return pair.alias;
  }
  auto alias = tensor_over(storage_for(device_tensor), device_tensor);
  pairs_.push_back({device_tensor, alias, data_of(alias)});
  return alias;
}

at::Tensor Aliases::to_device(const at::Tensor& result) {
  if (!result.defined()) return result;
  for (const auto& pair : pairs_) {
    if (!pair.alias.is_same(result)) continue;
    write_back(pair.device);
    return pair.device;
  }
  for (const auto& pair : pairs_) {
    TORCH_CHECK(data_of(result) == nullptr || data_of(result) != data_of(pair.alias),
                "the stand-in for CUDA has no kernel for an operator that returns a view");
  }
  return copied_to_device(result);
}

void Aliases::write_back(const at::Tensor& device_tensor) {
  const auto pair =
      std::find_if(pairs_.begin(), pairs_.end(), [&](const Pair& one) { return one.device.is_same(device_tensor); });
  if (pair == pairs_.end()) return;
  if (data_of(pair->alias) == pair->data && same_shape(pair->alias, device_tensor)) return;
  resize_device_tensor(device_tensor, pair->alias.sizes());
  device_tensor.unsafeGetTensorImpl()->set_sizes_and_strides(pair->alias.sizes(), pair->alias.strides());
  if (data_of(pair->alias) != pair->data) {
    std::memcpy(readable(data_of(device_tensor)), data_of(pair->alias),
                std::min(device_tensor.storage().nbytes(), pair->alias.storage().nbytes()));
  }
}

at::Tensor copied_to_device(const at::Tensor& cpu_tensor) {
  const at::Tensor dense = cpu_tensor.is_non_overlapping_and_dense() ? cpu_tensor : cpu_tensor.contiguous();
  at::Tensor copy = at::detail::empty_strided_generic(dense.sizes(), dense.strides(), device_allocator(),
                                                      c10::DispatchKeySet(c10::DispatchKey::CUDA), dense.scalar_type());
  if (dense.nbytes() > 0) std::memcpy(readable(data_of(copy)), dense.data_ptr(), dense.nbytes());
  if (cpu_tensor.unsafeGetTensorImpl()->is_wrapped_number()) copy.unsafeGetTensorImpl()->set_wrapped_number(true);
  return copy;
}

void resize_device_tensor(const at::Tensor& device_tensor, at::IntArrayRef sizes) {
  auto* impl = device_tensor.unsafeGetTensorImpl();
  impl->set_sizes_contiguous(sizes);
  const std::size_t bytes =
      (static_cast<std::size_t>(impl->numel()) + static_cast<std::size_t>(impl->storage_offset())) *
      impl->dtype().itemsize();
  auto* storage = device_tensor.storage().unsafeGetStorageImpl();
  if (bytes <= storage->nbytes()) return;
  auto memory = device_allocator()->allocate(bytes);
  if (storage->nbytes() > 0)
    std::memcpy(readable(memory.get()), readable(storage->data_ptr().get()), storage->nbytes());
  storage->set_data_ptr_noswap(std::move(memory));
  storage->set_nbytes(bytes);
}

}  // namespace soundfold::standin
