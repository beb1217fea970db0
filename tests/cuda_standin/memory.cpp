// SPDX-License-Identifier: Apache-2.0
#include "cuda_standin/memory.h"

#include <c10/core/Device.h>
#include <sys/mman.h>
#include <torch/version.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace soundfold::standin {
namespace {

constexpr std::size_t kBytes = std::size_t{1} << 36;  // addresses only: memory is used when written
constexpr std::size_t kSmallestBlock = 64;

/// Blocks of powers of two, each size with a list of those given back.
class Arena {
 public:
  Arena() {
    const int file = memfd_create("cuda_standin", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, static_cast<off_t>(kBytes)) != 0) throw std::runtime_error("no memory file");
    device_ = map(file, PROT_NONE);
    readable_ = map(file, PROT_READ | PROT_WRITE);
    close(file);
  }

  void* allocate(std::size_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const unsigned power = power_for(bytes);
    auto& free = free_[power];
    if (!free.empty()) {
      void* block = free.back();
      free.pop_back();
      return block;
    }
    const std::size_t size = std::size_t{1} << power;
    if (used_ + size > kBytes) throw std::runtime_error("the stand-in's memory is used up");
    void* block = device_ + used_;
    used_ += size;
    sizes_.resize(used_ / kSmallestBlock);
    sizes_[index_of(block)] = static_cast<std::uint8_t>(power);
    return block;
  }

  void release(void* block) {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_[sizes_[index_of(block)]].push_back(block);
  }

  bool contains(const void* address) const { return address >= device_ && address < device_ + kBytes; }
  void* readable(const void* address) const { return readable_ + (static_cast<const char*>(address) - device_); }

 private:
  static char* map(int file, int protection) {
    void* address = mmap(nullptr, kBytes, protection, MAP_SHARED | MAP_NORESERVE, file, 0);
    if (address == MAP_FAILED) throw std::runtime_error("no addresses for the stand-in's memory");
    return static_cast<char*>(address);
  }
  static unsigned power_for(std::size_t bytes) {
    unsigned power = 6;
    while ((std::size_t{1} << power) < bytes) ++power;
    return power;
  }
  std::size_t index_of(const void* block) const {
    return static_cast<std::size_t>(static_cast<const char*>(block) - device_) / kSmallestBlock;
  }

  char* device_ = nullptr;
  char* readable_ = nullptr;
  std::mutex mutex_;
  std::size_t used_ = 0;
  std::vector<std::uint8_t> sizes_;  ///< by block, the power of two
  std::array<std::vector<void*>, 64> free_;
};

/// Never destroyed: tensors in static storage outlive everything.
Arena& arena() {
  static auto* const instance = new Arena();
  return *instance;
}

void release(void* block) {
  arena().release(block);
}

class DeviceAllocator final : public c10::Allocator {
 public:
#if TORCH_VERSION_MAJOR >= 2
  c10::DataPtr allocate(std::size_t bytes) override {
    return block_of(bytes);
  }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    std::memcpy(readable(to), readable(from), bytes);
  }
#else
  c10::DataPtr allocate(std::size_t bytes) const override {
    return block_of(bytes);
  }
#endif
  c10::DeleterFnPtr raw_deleter() const override {
    return &release;
  }

 private:
  static c10::DataPtr block_of(std::size_t bytes) {
    const c10::Device device(c10::DeviceType::CUDA, 0);
    if (bytes == 0) return {nullptr, device};
    void* block = arena().allocate(bytes);
    return {block, block, &release, device};
  }
};

DeviceAllocator& the_allocator() {
  static auto* const instance = new DeviceAllocator();
  return *instance;
}

// As REGISTER_ALLOCATOR would, which wants a variable.
[[maybe_unused]] const bool allocator_registered = (c10::SetAllocator(c10::DeviceType::CUDA, &the_allocator()), true);

}  // namespace

c10::Allocator* device_allocator() {
  return &the_allocator();
}

bool is_device_memory(const void* address) {
  return arena().contains(address);
}

void* readable(const void* device_address) {
  if (device_address == nullptr) return nullptr;
  if (!is_device_memory(device_address)) throw std::runtime_error("this address is no device memory");
  return arena().readable(device_address);
}

}  // namespace soundfold::standin
