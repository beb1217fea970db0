// SPDX-License-Identifier: Apache-2.0
#include "device/random_streams.h"

#include "support/random.h"

#include <ATen/CPUGeneratorImpl.h>

namespace soundfold {

std::uint64_t stream_seed(std::int64_t experiment_seed, std::int64_t epoch, Draw purpose) {
  const auto by_seed = mixed_bits(static_cast<std::uint64_t>(experiment_seed));
  const auto by_epoch = mixed_bits(by_seed ^ static_cast<std::uint64_t>(epoch));
  return mixed_bits(by_epoch ^ static_cast<std::uint64_t>(purpose));
}

at::Generator make_generator(const torch::Device& device, std::uint64_t seed) {
  if (device.is_cpu()) return at::detail::createCPUGenerator(seed);
  auto generator = at::globalContext().defaultGenerator(device).clone();
  generator.set_current_seed(seed);
  return generator;
}

}  // namespace soundfold
