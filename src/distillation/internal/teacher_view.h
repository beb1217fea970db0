// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/log_mel.h"
#include "frontend/recipe.h"

#include <cstdint>
#include <vector>

namespace soundfold::distillation {

/// Frames of the window that a teacher with the front end `teacher` gets of a crop, which is as long as one patch of
/// `student`. Where both are equal it is the student's patch. Throws UsageError, saying what to do, for other rates and
/// when the crop is not exactly one window of the teacher.
std::int64_t teacher_frames(const frontend::InputRecipe& teacher, const frontend::InputRecipe& student);

/// The log-mel values [teacher_frames(), bands] of a crop as a teacher with another front end sees it: those of a clip
/// of that length.
void write_teacher_view(frontend::LogMel& log_mel, const std::vector<float>& crop, float* values);

}  // namespace soundfold::distillation
