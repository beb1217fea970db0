// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <vector>

namespace soundfold::weights {

/// A convolution with its batch norm folded in: y = kernel * x + bias.
struct FoldedLayer {
  std::vector<float> kernel;  ///< OIHW, as in ConvLayer
  std::vector<float> bias;    ///< [out]
};

/// y = (k * x - mean) / sqrt(variance + epsilon) + beta, with both factors moved into kernel and bias. In double.
FoldedLayer fold_batch_norm(const ConvLayer& layer);

}  // namespace soundfold::weights
