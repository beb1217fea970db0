// SPDX-License-Identifier: Apache-2.0
// One device cuda:0 with one stream, where everything is finished when it returns.
#include "cuda_standin/memory.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/version.h>

namespace soundfold::standin {
namespace {

const c10::Device kDevice(c10::DeviceType::CUDA, 0);

c10::Stream the_stream() {
  return c10::Stream(c10::Stream::DEFAULT, kDevice);
}

struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return c10::DeviceType::CUDA; }
  c10::Device exchangeDevice(c10::Device device) const override {
    setDevice(device);
    return kDevice;
  }
  c10::Device getDevice() const override { return kDevice; }
  void setDevice(c10::Device device) const override {
    TORCH_CHECK(device.index() <= 0, "the stand-in for CUDA has one device, not ", device);
  }
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }

  c10::Stream getStream(c10::Device) const noexcept override { return the_stream(); }
  c10::Stream getDefaultStream(c10::Device) const override { return the_stream(); }
  c10::Stream getStreamFromGlobalPool(c10::Device, bool) const override { return the_stream(); }
  c10::Stream exchangeStream(c10::Stream) const noexcept override { return the_stream(); }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override {}

  void record(void**, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  void recordDataPtrOnStream(const c10::DataPtr&, const c10::Stream&) const override {}
};

/// LibTorch looks for a class of this name.
struct CUDAHooks final : at::CUDAHooksInterface {
  explicit CUDAHooks(at::CUDAHooksArgs) {}

  bool hasCUDA() const override { return true; }
  c10::Device getDeviceFromPtr(void*) const override { return kDevice; }
  c10::Allocator* getPinnedMemoryAllocator() const override { return c10::GetCPUAllocator(); }
  c10::Allocator* getCUDADeviceAllocator() const override { return device_allocator(); }
#if TORCH_VERSION_MAJOR >= 2
  void init() const override {}
  bool isPinnedPtr(const void*) const override {
    return false;
  }
  bool hasPrimaryContext(c10::DeviceIndex) const override {
    return true;
  }
  c10::DeviceIndex current_device() const override {
    return 0;
  }
  int getNumGPUs() const override {
    return 1;
  }
  c10::DeviceIndex deviceCount() const override {
    return 1;
  }
  void deviceSynchronize(c10::DeviceIndex) const override {}
  const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {
    return at::detail::getDefaultCPUGenerator();
  }
  at::Generator getNewGenerator(c10::DeviceIndex) const override {
    return at::detail::createCPUGenerator();
  }
#else
  void initCUDA() const override {}
  bool isPinnedPtr(void*) const override {
    return false;
  }
  bool hasPrimaryContext(std::int64_t) const override {
    return true;
  }
  std::int64_t current_device() const override {
    return 0;
  }
  int getNumGPUs() const override {
    return 1;
  }
  void deviceSynchronize(std::int64_t) const override {}
  const at::Generator& getDefaultCUDAGenerator(c10::DeviceIndex) const override {
    return at::detail::getDefaultCPUGenerator();
  }
#endif
};

C10_REGISTER_GUARD_IMPL(CUDA, Guard);

using at::CUDAHooksRegistry;
using at::RegistererCUDAHooksRegistry;
REGISTER_CUDA_HOOKS(CUDAHooks)

}  // namespace
}  // namespace soundfold::standin
