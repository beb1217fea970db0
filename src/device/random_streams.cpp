// SPDX-License-Identifier: Apache-2.0
#include "device/random_streams.h"

#include <ATen/CPUGeneratorImpl.h>

namespace soundfold {
namespace {

std::uint64_t splitmix64(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

}  // namespace

std::uint64_t stream_seed(std::int64_t experiment_seed, std::int64_t epoch, Draw purpose) {
  const auto by_seed = splitmix64(static_cast<std::uint64_t>(experiment_seed));
  const auto by_epoch = splitmix64(by_seed ^ static_cast<std::uint64_t>(epoch));
  return splitmix64(by_epoch ^ static_cast<std::uint64_t>(purpose));
}

at::Generator make_generator(const torch::Device& device, std::uint64_t seed) {
  if (device.is_cpu()) return at::detail::createCPUGenerator(seed);
  auto generator = at::globalContext().defaultGenerator(device).clone();
  generator.set_current_seed(seed);
  return generator;
}

}  // namespace soundfold
