// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/loss.h"

namespace soundfold::distillation {
namespace {

/// Added to the squared size, so that an embedding of zeros divides nothing by zero.
constexpr double kLeastSize = 1e-3;

}  // namespace

Distance distance(const StudentImpl::Output& student, const torch::Tensor& teacher_embeddings,
                  const torch::Tensor& teacher_scores, const LossWeights& weights) {
  Distance result;
  result.embedding = 1 - torch::cosine_similarity(student.embeddings, teacher_embeddings, 1).mean();
  const auto error = (student.embeddings - teacher_embeddings).square().sum(1);
  result.size = (error / (teacher_embeddings.square().sum(1) + kLeastSize)).mean();
  // xlogy gives 0 for a score of 0 or 1, where the entropy's limit is 0.
  const auto rest = 1 - teacher_scores;
  const auto negative_entropy = torch::xlogy(teacher_scores, teacher_scores) + torch::xlogy(rest, rest);
  const auto cross =
      torch::binary_cross_entropy_with_logits(student.logits, teacher_scores, {}, {}, torch::Reduction::None);
  result.score = (cross + negative_entropy).sum(1).mean();
  result.loss = weights.embedding * result.embedding + weights.size * result.size + weights.score * result.score;
  return result;
}

}  // namespace soundfold::distillation
