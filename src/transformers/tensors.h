// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

namespace soundfold::transformers {

/// That the weights are a transformer's, with every tensor of its size, the classifier's included. Throws UsageError
/// ("weights: ...") naming the tensor.
void check_tensors(const weights::Weights& weights);

}  // namespace soundfold::transformers
