// SPDX-License-Identifier: Apache-2.0
#include "network/batch_norm.h"

#include <cstddef>
#include <utility>

namespace soundfold::network {

FoldedLayer fold_batch_norm(const LayerValues& layer, double epsilon) {
  FoldedLayer folded;
  folded.kernel.resize(layer.kernel.size());
  folded.bias.resize(layer.beta.size());
  const std::size_t taps = layer.kernel.size() / layer.beta.size();
  for (std::size_t o = 0; o < layer.beta.size(); ++o) {
    const auto fold = fold_channels(double{layer.beta[o]}, double{layer.mean[o]}, double{layer.variance[o]}, epsilon);
    folded.bias[o] = static_cast<float>(fold.bias);
    for (std::size_t i = o * taps; i < (o + 1) * taps; ++i) {
      folded.kernel[i] = static_cast<float>(layer.kernel[i] * fold.factor);
    }
  }
  return folded;
}

float folded_variance(double epsilon) {
  return static_cast<float>(1.0 - epsilon);
}

LayerValues with_plain_batch_norm(FoldedLayer layer, double epsilon) {
  LayerValues values;
  const std::size_t channels = layer.bias.size();
  values.kernel = std::move(layer.kernel);
  values.beta = std::move(layer.bias);
  values.mean.assign(channels, 0.0F);
  values.variance.assign(channels, folded_variance(epsilon));
  return values;
}

}  // namespace soundfold::network
