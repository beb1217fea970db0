// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/teacher_view.h"

#include "frontend/patch_stream.h"
#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <string>

namespace soundfold::distillation {
namespace {

std::string seconds_of(int samples, int rate_hz) {
  return fixed(static_cast<double>(samples) / rate_hz, 3) + " s";
}

}  // namespace

std::int64_t teacher_frames(const frontend::InputRecipe& teacher, const frontend::InputRecipe& student) {
  if (teacher == student) return student.patch_frames;
  if (teacher.sample_rate_hz != student.sample_rate_hz) {
    throw UsageError("distillation: the teacher takes " + std::to_string(teacher.sample_rate_hz) +
                     " Hz, its student's family " + std::to_string(student.sample_rate_hz) +
                     "; use a teacher of that rate");
  }
  const int samples = student.patch_window_samples();
  const auto crop =
      "distillation: a crop is one window of the student's, " + seconds_of(samples, student.sample_rate_hz);
  if (!teacher.has_short_patches()) {
    throw UsageError(crop + ", and the teacher takes windows of " +
                     seconds_of(teacher.patch_window_samples(), teacher.sample_rate_hz) +
                     " only; use a teacher that takes shorter ones too (CED imported without --patch-frames), or one "
                     "of the student's family");
  }
  const auto frames = frontend::frame_count(samples, teacher);
  if (frames > teacher.patch_frames || frames < teacher.min_patch_frames) {
    throw UsageError(crop + ", which is " + std::to_string(frames) + " frames to the teacher, whose windows have " +
                     std::to_string(teacher.min_patch_frames) + " to " + std::to_string(teacher.patch_frames) +
                     "; use one that takes windows of that length (CED imported without --patch-frames)");
  }
  return frames;
}

void write_teacher_view(frontend::LogMel& log_mel, const std::vector<float>& crop, float* values) {
  const auto& recipe = log_mel.recipe();
  frontend::PatchStream stream(
      log_mel,
      [&](const frontend::Patch& patch) { std::copy_n(patch.log_mel, patch.frames * recipe.mel_bands, values); },
      recipe.patch_hop_frames);
  stream.push(crop.data(), crop.size());
  stream.finish();
}

}  // namespace soundfold::distillation
