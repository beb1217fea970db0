// SPDX-License-Identifier: Apache-2.0
// Of all formats; apart from weights.cpp so that who reads no Keras files needs no HDF5.
#include "support/errors.h"
#include "weights/importing.h"
#include "weights/keras_h5.h"
#include "weights/weights.h"

#include <algorithm>
#include <cmath>

namespace soundfold::weights {
namespace fs = std::filesystem;
namespace {

/// True when all batch norms do nothing but add beta, as in files written from the TFLite weights.
bool batch_norms_are_folded(const Weights& weights) {
  const float one = network::folded_variance(weights.network.batch_norm_epsilon);
  const auto folded = [&](const network::LayerValues& layer) {
    return std::all_of(layer.mean.begin(), layer.mean.end(), [](float m) { return m == 0.0F; }) &&
           std::all_of(layer.variance.begin(), layer.variance.end(),
                       [&](float v) { return std::abs(v - one) < 1e-6F; });
  };
  return std::all_of(weights.layers.begin(), weights.layers.end(), folded);
}

}  // namespace

Weights read_weights(const fs::path& path, const fs::path& class_map, std::optional<network::Activation> activation) {
  if (!is_keras_h5(path)) {
    Weights weights = read_described_weights(path);
    if (activation && *activation != weights.network.activation) {
      throw UsageError(path.string() + " says that its activation is " +
                       network::activation_name(weights.network.activation) + "; leave the activation out");
    }
    return weights;
  }
  Weights weights = read_keras_h5(path, activation.value_or(network::Activation::relu), class_map);
  if (!activation && batch_norms_are_folded(weights)) weights.network.activation = network::Activation::relu6;
  return weights;
}

}  // namespace soundfold::weights
