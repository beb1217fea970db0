// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"

namespace soundfold::heads {

/// x W^T + b with gradients. x [N, in], W [out, in], b [out]; returns [N, out]. For float32 on x86-64 with AVX2 or more
/// the products run on oneDNN's sgemm: for batches of tens of rows it is faster than OpenBLAS, which has no
/// kernels for newer processors and falls back to older ones (docs/performance.md). Anything else goes to
/// torch::linear.
torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias);

}  // namespace soundfold::heads
