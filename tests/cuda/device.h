// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda_standin/standin.h"
#include "device/torch.h"
#include "training/settings.h"

namespace soundfold::testing {

inline const torch::Device kCuda(torch::kCUDA, 0);

/// Whether cuda:0 is the stand-in of tests/cuda_standin, not a GPU.
bool on_standin();

/// What the stand-in counted since the last call. Only on_standin().
standin::Counts counts_since_last();

/// A GPU draws other numbers than the CPU; the stand-in the same.
bool draws_differ(const training::Settings& settings);

double largest_difference(const torch::Tensor& a, const torch::Tensor& b);

}  // namespace soundfold::testing
