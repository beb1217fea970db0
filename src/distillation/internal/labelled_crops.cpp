// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/labelled_crops.h"

#include "device/parallel.h"
#include "distillation/internal/teacher_view.h"
#include "frontend/log_mel.h"
#include "support/progress.h"

#include <algorithm>
#include <vector>

namespace soundfold::distillation {
namespace {

/// Crops that one call of the teacher labels; always cut at the same places, so that threads change nothing.
constexpr std::int64_t kGroup = 16;

/// The rows of all ranks: `own` has those of this one's groups, each of kGroup rows.
torch::Tensor rows_of_all(const torch::Tensor& own, std::int64_t groups, ranks::Group* group) {
  if (group == nullptr) return own;
  const auto size = own.size(1);
  return group->gather_rows(own.reshape({-1, kGroup * size}), groups).reshape({-1, size});
}

}  // namespace

LabelledCrops label_crops(const Crops& crops, const std::string& pool, std::int64_t count,
                          const engines::Backbone& teacher, const frontend::InputRecipe& student,
                          const Labellers& labellers, const std::string& what) {
  const auto groups = (count + kGroup - 1) / kGroup;
  auto* group = labellers.group;
  const auto part = group == nullptr ? ranks::Part{0, groups} : ranks::part_of(groups, group->rank(), group->size());
  const auto embedding_size = teacher.embedding_size(), score_count = teacher.class_count();
  const auto patch_values = student.patch_values();
  const bool same_view = teacher.input() == student;
  const auto frames = teacher_frames(teacher.input(), student), view_values = frames * teacher.input().mel_bands;
  LabelledCrops own;
  own.patches = torch::zeros({part.count() * kGroup, patch_values});
  own.embeddings = torch::zeros({part.count() * kGroup, embedding_size});
  own.scores = torch::zeros({part.count() * kGroup, score_count});
  auto* patches = own.patches.data_ptr<float>();
  auto* embeddings = own.embeddings.data_ptr<float>();
  auto* scores = own.scores.data_ptr<float>();
  Progress progress(what, std::min(count, part.end * kGroup) - std::min(count, part.begin * kGroup), "crops");
  run_parallel(static_cast<std::size_t>(part.count()), labellers.threads, [&](std::size_t number) {
    frontend::LogMel log_mel(student), teachers_log_mel(teacher.input());
    std::vector<float> views(static_cast<std::size_t>(same_view ? 0 : kGroup * view_values));
    const auto first = (part.begin + static_cast<std::int64_t>(number)) * kGroup;
    const auto row = static_cast<std::int64_t>(number) * kGroup;
    const auto size = std::min(kGroup, count - first);
    for (std::int64_t crop = 0; crop < size; ++crop) {
      const auto waveform = crops.get(pool, first + crop);
      log_mel.frames(waveform.data(), static_cast<std::int64_t>(waveform.size()),
                     patches + (row + crop) * patch_values);
      if (!same_view) write_teacher_view(teachers_log_mel, waveform, views.data() + crop * view_values);
    }
    teacher.share()->run_frames(same_view ? patches + row * patch_values : views.data(), size, frames,
                                embeddings + row * embedding_size, scores + row * score_count);
    progress.advance(size);
  });
  return {rows_of_all(own.patches, groups, group).narrow(0, 0, count),
          rows_of_all(own.embeddings, groups, group).narrow(0, 0, count),
          rows_of_all(own.scores, groups, group).narrow(0, 0, count)};
}

}  // namespace soundfold::distillation
