// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "distillation/internal/student.h"

#include <cstdint>
#include <vector>

namespace soundfold::distillation {

/// A student that starts as its teacher with fewer channels, block by block on `patches` [N, frames * bands]:
/// - of the teacher's channels those are kept that span the others best (chosen_columns on the block's output);
/// - depthwise kernels of the channels kept are the teacher's;
/// - pointwise kernels and biases are fitted by ridge regression from the student's own maps to what the teacher has
///   before the activation, from -3 on and with ReLU6 up to 8 (beyond that the activation hides the difference);
///   while no channel has been dropped they are the teacher's;
/// - projection and classifier are fitted to the teacher's embeddings and logits in the same way.
/// Batch norms are folded and stay so. Needs about 0.5 MB per patch.
StudentStart thinned_teacher(const weights::Weights& teacher, const std::vector<std::int64_t>& channels,
                             const torch::Tensor& patches);

/// `count` columns of `rows` [R, C], ascending, chosen one after the other: each time the one of which most is left
/// when its part in the span of those chosen is taken away (pivoted Cholesky of rows' rows; the pivots of QR).
std::vector<std::int64_t> chosen_columns(const torch::Tensor& rows, std::int64_t count);

}  // namespace soundfold::distillation
