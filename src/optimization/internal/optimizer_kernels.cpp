// SPDX-License-Identifier: Apache-2.0
#include "optimization/internal/optimizer_kernels.h"

#include <cmath>

// One copy of each loop per vector width, chosen at load time; the arithmetic is the same in all of them.
#if defined(__x86_64__) && defined(__ELF__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SOUNDFOLD_EVERY_WIDTH __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SOUNDFOLD_EVERY_WIDTH
#endif

namespace soundfold::optimization {

SOUNDFOLD_EVERY_WIDTH
void adam_step(float* __restrict weights, const float* __restrict gradient, float* __restrict first,
               float* __restrict second, std::int64_t count, const AdamStep& step) {
  const AdamStep s = step;
  for (std::int64_t index = 0; index < count; ++index) {
    const float g = gradient[index] + s.l2 * weights[index];
    const float m = s.first_decay * first[index] + s.first_gain * g;
    const float v = s.second_decay * second[index] + s.second_gain * (g * g);
    first[index] = m;
    second[index] = v;
    weights[index] = s.shrink * weights[index] - s.step_size * (m / (std::sqrt(v) + s.epsilon));
  }
}

SOUNDFOLD_EVERY_WIDTH
void sgd_step(float* __restrict weights, const float* __restrict gradient, float* __restrict velocity,
              std::int64_t count, const SgdStep& step) {
  const SgdStep s = step;
  for (std::int64_t index = 0; index < count; ++index) {
    const float g = gradient[index] + s.l2 * weights[index];
    const float v = s.momentum * velocity[index] + g;
    velocity[index] = v;
    weights[index] -= s.learning_rate * v;
  }
}

}  // namespace soundfold::optimization
