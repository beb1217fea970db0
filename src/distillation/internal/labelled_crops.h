// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "distillation/internal/crops.h"
#include "engines/backbone.h"
#include "ranks/group.h"

#include <cstdint>
#include <string>

namespace soundfold::distillation {

/// Crops with the teacher's embeddings and scores.
struct LabelledCrops {
  torch::Tensor patches;     ///< [N, frames * bands] log-mel, as the student takes it
  torch::Tensor embeddings;  ///< [N, E] of the teacher
  torch::Tensor scores;      ///< [N, S] of the teacher, 0 to 1
  std::int64_t count() const { return patches.defined() ? patches.size(0) : 0; }
};

/// Who labels: threads of this process, and the ranks of a group (null: none), each of which labels its part for all.
struct Labellers {
  int threads = 1;
  ranks::Group* group = nullptr;
};

/// The first `count` crops of a pool, labelled, with progress named `what`. A crop is one patch of `student`, and the
/// teacher gets it by its own front end (teacher_view.h). The result does not depend on `labellers`. Throws UsageError
/// as teacher_frames(), Interrupted when a stop was requested.
LabelledCrops label_crops(const Crops& crops, const std::string& pool, std::int64_t count,
                          const engines::Backbone& teacher, const frontend::InputRecipe& student,
                          const Labellers& labellers, const std::string& what);

}  // namespace soundfold::distillation
