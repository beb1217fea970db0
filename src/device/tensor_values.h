// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"

#include <vector>

namespace soundfold {

/// All values of a tensor in C order, as float32, wherever the tensor is.
inline std::vector<float> values_of(const torch::Tensor& tensor) {
  const auto values = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

/// Largest absolute difference of two tensors' values; NaN when one is not a number.
inline double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

}  // namespace soundfold
