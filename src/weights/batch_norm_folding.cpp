// SPDX-License-Identifier: Apache-2.0
#include "weights/batch_norm_folding.h"

#include <cmath>

namespace soundfold::weights {

FoldedLayer fold_batch_norm(const ConvLayer& layer) {
  FoldedLayer folded;
  folded.kernel.resize(layer.kernel.size());
  folded.bias.resize(layer.beta.size());
  const std::size_t taps = layer.kernel.size() / layer.beta.size();
  for (std::size_t o = 0; o < layer.beta.size(); ++o) {
    const double factor = 1.0 / std::sqrt(double{layer.variance[o]} + kBatchNormEpsilon);
    folded.bias[o] = static_cast<float>(layer.beta[o] - layer.mean[o] * factor);
    for (std::size_t i = o * taps; i < (o + 1) * taps; ++i) {
      folded.kernel[i] = static_cast<float>(layer.kernel[i] * factor);
    }
  }
  return folded;
}

}  // namespace soundfold::weights
