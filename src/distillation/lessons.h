// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "distillation/crops.h"
#include "support/torch.h"
#include "yamnet/backbone.h"

#include <cstdint>
#include <string>

namespace soundfold::distillation {

/// Crops and what the teacher says of them.
struct Lessons {
  torch::Tensor patches;     ///< [N, 96 * 64] log-mel
  torch::Tensor embeddings;  ///< [N, E] of the teacher
  torch::Tensor scores;      ///< [N, S] of the teacher, 0 to 1
  std::int64_t count() const { return patches.defined() ? patches.size(0) : 0; }
};

/// The first `count` crops of a pool, labelled; several threads at once, with progress named `what`. The same whatever
/// `threads` is. Throws Interrupted when a stop was asked for.
Lessons make_lessons(const Crops& crops, const std::string& pool, std::int64_t count, const yamnet::Backbone& teacher,
                     int threads, const std::string& what);

}  // namespace soundfold::distillation
