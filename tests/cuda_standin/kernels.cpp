// SPDX-License-Identifier: Apache-2.0
// What the fallback cannot do: memory, copies, views, and operators that would choose another by the device.
#include "cuda_standin/aliases.h"
#include "cuda_standin/fallback.h"
#include "cuda_standin/memory.h"

#include <ATen/EmptyTensor.h>
#include <ATen/ops/_local_scalar_dense.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <torch/library.h>

namespace soundfold::standin {
namespace {

constexpr c10::DispatchKeySet kKeys(c10::DispatchKey::CUDA);

at::Tensor empty(at::IntArrayRef size, c10::optional<at::ScalarType> type, c10::optional<at::Layout>,
                 c10::optional<at::Device>, c10::optional<bool>, c10::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, device_allocator(), kKeys, c10::dtype_or_default(type), format);
}

at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride, c10::optional<at::ScalarType> type,
                         c10::optional<at::Layout>, c10::optional<at::Device>, c10::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, device_allocator(), kKeys, c10::dtype_or_default(type));
}

const at::Tensor& resize(const at::Tensor& self, at::IntArrayRef size, c10::optional<at::MemoryFormat>) {
  resize_device_tensor(self, size);
  return self;
}

at::Tensor& copy(at::Tensor& self, const at::Tensor& source, bool non_blocking) {
  if (!self.is_cuda()) ++counters().to_host;
  if (!source.is_cuda()) ++counters().to_device;
  Aliases aliases;
  at::Tensor to = self.is_cuda() ? aliases.alias_of(self) : self;
  const at::Tensor from = source.is_cuda() ? aliases.alias_of(source) : source;
  to.copy_(from, non_blocking);
  return self;
}

at::Scalar local_scalar(const at::Tensor& self) {
  ++counters().scalars;
  Aliases aliases;
  return at::_local_scalar_dense(aliases.alias_of(self));
}

}  // namespace
}  // namespace soundfold::standin

TORCH_LIBRARY_IMPL(aten, CUDA, library) {
  namespace standin = soundfold::standin;
  library.impl("empty.memory_format", TORCH_FN(standin::empty));
  library.impl("empty_strided", TORCH_FN(standin::empty_strided));
  library.impl("resize_", TORCH_FN(standin::resize));
  library.impl("copy_", TORCH_FN(standin::copy));
  library.impl("_local_scalar_dense", TORCH_FN(standin::local_scalar));
  library.impl("as_strided", TORCH_FN(at::native::as_strided_tensorimpl));
  library.impl("view", TORCH_FN(at::native::view));
  library.impl("_reshape_alias", TORCH_FN(at::native::_reshape_alias));
  library.impl("unfold", TORCH_FN(at::native::unfold));
  for (const char* name : {"convolution", "convolution_backward", "_convolution"}) {
    library.impl(name, torch::CppFunction::makeFromBoxedFunction<&standin::call_on_cpu>());
  }
}
