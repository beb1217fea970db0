// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"

namespace soundfold::heads {

/// What the backbone's own classifier says about the classes of an experiment: people's classes often are among the
/// hundreds it was trained for. For each own class the mean of the rows of that classifier which mean the same, so
/// that kernel * embedding + bias is the mean of their logits. Where the classifier takes a layer norm of the
/// embedding, it is kernel * (embedding - mean) / sqrt(variance + norm_epsilon) + bias, over the embedding's own mean
/// and (biased) variance: the norm's weight and bias are in the rows. K own classes, E values of an embedding.
struct KnownClasses {
  torch::Tensor kernel;     ///< [K, E] float32
  torch::Tensor bias;       ///< [K] float32
  torch::Tensor mapped;     ///< [K] float32: 1 for a class that has rows, 0 for one the backbone does not know
  double norm_epsilon = 0;  ///< of the layer norm; 0: there is none
};

}  // namespace soundfold::heads
