// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/model_file.h"

#include <cstdint>
#include <string>
#include <vector>

/// Made-up models without LibTorch.
namespace soundfold::testing {

/// Every tensor that the spec asks for, with seeded random values: norms and scales from 0.5 to 2, others from -0.7 to
/// 0.7, but matrices of N columns within sqrt(3 / N), so that large ones do not give large logits.
runtime::HeadValues random_head_values(head_spec::HeadSpec spec, unsigned seed = 3);

/// A model of the classes dog, cat and rain on a narrow network of YAMNet's shape with classes Speech, Dog, Cat, Rain
/// and Silence; its head takes embeddings and scores, and has one hidden layer. The gate goes by the level alone.
runtime::ModelFile sample_model(const std::string& pooling = "window", unsigned seed = 7);

/// Noise whose loudness changes every second, in -1 to 1.
std::vector<float> changing_noise(std::int64_t samples, unsigned seed = 1);

}  // namespace soundfold::testing
