// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "weights/weights.h"

#include <cstdint>

namespace soundfold::testing {

/// A network of YAMNet's family with four blocks (strides 2, 1, 2, 2; 4, 6, 6 and 8 channels), five classes and seeded
/// random values. Betas are above 0, so that few units are dead.
weights::Weights tiny_network(unsigned seed, network::Activation activation = network::Activation::relu);

/// Random patches [count, 96 * 64], -3 to 3.
torch::Tensor random_patches(std::int64_t count, std::uint64_t seed);

/// What the network's own TorchScript module gives for patches [P, 96 * 64]: (embeddings, scores).
std::pair<torch::Tensor, torch::Tensor> module_outputs(const weights::Weights& weights, const torch::Tensor& patches);

}  // namespace soundfold::testing
