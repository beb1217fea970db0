// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/labelled_crops.h"

#include "device/parallel.h"
#include "frontend/log_mel.h"
#include "support/progress.h"

#include <algorithm>

namespace soundfold::distillation {
namespace {

/// Crops that one call of the teacher labels; always cut at the same places, so that threads change nothing.
constexpr std::int64_t kGroup = 16;

}  // namespace

LabelledCrops label_crops(const Crops& crops, const std::string& pool, std::int64_t count,
                          const engines::Backbone& teacher, int threads, const std::string& what) {
  LabelledCrops labelled;
  const auto embedding_size = teacher.embedding_size(), score_count = teacher.class_count();
  const auto patch_values = teacher.input().patch_values();
  labelled.patches = torch::empty({count, patch_values});
  labelled.embeddings = torch::empty({count, embedding_size});
  labelled.scores = torch::empty({count, score_count});
  auto* patches = labelled.patches.data_ptr<float>();
  auto* embeddings = labelled.embeddings.data_ptr<float>();
  auto* scores = labelled.scores.data_ptr<float>();
  Progress progress(what, count, "crops");
  run_parallel(static_cast<std::size_t>((count + kGroup - 1) / kGroup), threads, [&](std::size_t group) {
    frontend::LogMel log_mel(teacher.input());
    const auto begin = static_cast<std::int64_t>(group) * kGroup;
    const auto size = std::min(kGroup, count - begin);
    for (auto crop = begin; crop < begin + size; ++crop) {
      const auto waveform = crops.get(pool, crop);
      log_mel.frames(waveform.data(), static_cast<std::int64_t>(waveform.size()), patches + crop * patch_values);
    }
    teacher.share()->run(patches + begin * patch_values, size, embeddings + begin * embedding_size,
                         scores + begin * score_count);
    progress.advance(size);
  });
  return labelled;
}

}  // namespace soundfold::distillation
