// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// One step over plain arrays of floats, read and written once: a step over half a million weights is bound by memory,
/// and the same formulas as a chain of tensor operations pass over it many times. No LibTorch in here.
namespace soundfold::optimization {

/// The numbers of a step, worked out once in double.
struct AdamStep {
  float first_decay, second_decay;  ///< b1, b2
  float first_gain, second_gain;    ///< 1 - b1, 1 - b2
  float step_size;                  ///< lr sqrt(1 - b2^t) / (1 - b1^t)
  float epsilon;                    ///< added to sqrt(v)
  float l2;                         ///< added to the gradient times the weight (adam)
  float shrink;                     ///< the weight is multiplied by this first: 1 - lr * weight decay (adamw)
};
void adam_step(float* weights, const float* gradient, float* first, float* second, std::int64_t count,
               const AdamStep& step);

struct SgdStep {
  float learning_rate, momentum, l2;
};
/// v = momentum v + g (with v = 0 at the start), w -= lr v.
void sgd_step(float* weights, const float* gradient, float* velocity, std::int64_t count, const SgdStep& step);

}  // namespace soundfold::optimization
