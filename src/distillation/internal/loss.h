// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "distillation/internal/student.h"

namespace soundfold::distillation {

/// Weights of the parts of the loss.
struct LossWeights {
  double embedding = 1, size = 0, score = 0;
};

/// How far a student is from its teacher, as means over patches (tensors of one value).
struct Distance {
  torch::Tensor embedding;  ///< 1 - cosine of the embeddings, 0 to 2
  torch::Tensor size;       ///< squared error of the embedding over its squared size, at least 0
  torch::Tensor score;      ///< divergence of the scores, at least 0: summed over classes, the binary cross-entropy of
                            ///< the student's score against the teacher's less the teacher's own entropy, in nats
  torch::Tensor loss;       ///< weighted sum
};

/// teacher_embeddings [P, E], teacher_scores [P, S] from 0 to 1.
Distance distance(const StudentImpl::Output& student, const torch::Tensor& teacher_embeddings,
                  const torch::Tensor& teacher_scores, const LossWeights& weights);

}  // namespace soundfold::distillation
