// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"

#include <cstdint>

namespace soundfold {

/// What a stream of random numbers is for. Each purpose has its own stream, so that switching one on (noise, say) does
/// not change the others.
enum class Draw : std::uint64_t { initial_weights = 1, order, dropout, mixup, noise };

/// The seed of a purpose's stream in an epoch (0 before the first). Depends on nothing else: an epoch can be repeated,
/// or reached by resuming, with the same draws. Mixing function: splitmix64 (Steele, Lea and Flood, 2014).
std::uint64_t stream_seed(std::int64_t experiment_seed, std::int64_t epoch, Draw purpose);

/// A generator of its own on `device`; LibTorch's default generators are left alone.
at::Generator make_generator(const torch::Device& device, std::uint64_t seed);

}  // namespace soundfold
