// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <vector>

/// Batch norms without gamma, and how they go into the convolutions before them.
namespace soundfold::network {

/// Values of one layer: a convolution and its batch norm.
struct LayerValues {
  std::vector<float> kernel;                ///< in the order of Layer::kernel_shape()
  std::vector<float> beta, mean, variance;  ///< [out]
};

inline double rsqrt(double value) {
  return 1.0 / std::sqrt(value);
}

/// What folding a batch norm needs: (k x - mean) / sqrt(variance + epsilon) + beta = (k * factor) x + bias.
template <typename Number>
struct BatchNormFold {
  Number factor;  ///< 1 / sqrt(variance + epsilon)
  Number bias;    ///< beta - mean * factor
};

/// Of one channel (double), or of all of them as tensors [out].
template <typename Number>
BatchNormFold<Number> fold_channels(const Number& beta, const Number& mean, const Number& variance, double epsilon) {
  const Number factor = rsqrt(variance + epsilon);
  return {factor, beta - mean * factor};
}

/// A convolution with its batch norm folded in: y = kernel * x + bias.
struct FoldedLayer {
  std::vector<float> kernel;  ///< in the order of Layer::kernel_shape()
  std::vector<float> bias;    ///< [out]
};

/// Computed in double, rounded once.
FoldedLayer fold_batch_norm(const LayerValues& layer, double epsilon);

/// The variance with which a batch norm of mean 0 only adds beta: 1 - epsilon as float32.
float folded_variance(double epsilon);

/// The same layer as convolution and batch norm, where the batch norm does nothing but add the bias.
LayerValues with_plain_batch_norm(FoldedLayer layer, double epsilon);

}  // namespace soundfold::network
