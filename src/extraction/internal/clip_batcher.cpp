// SPDX-License-Identifier: Apache-2.0
#include "extraction/internal/clip_batcher.h"

#include <algorithm>
#include <utility>

namespace soundfold::extraction {
namespace {

void append_row(std::vector<float>& target, const std::vector<float>& source, std::size_t row, std::size_t width) {
  const auto start = source.begin() + static_cast<std::ptrdiff_t>(row * width);
  target.insert(target.end(), start, start + static_cast<std::ptrdiff_t>(width));
}

}  // namespace

ClipBatcher::ClipBatcher(std::unique_ptr<engines::Backbone> backbone)
    : backbone_(std::move(backbone)),
      capacity_(static_cast<std::size_t>(std::max<std::int64_t>(1, backbone_->preferred_batch()))),
      embedding_size_(static_cast<std::size_t>(backbone_->embedding_size())),
      score_count_(static_cast<std::size_t>(backbone_->class_count())),
      patches_(capacity_ * static_cast<std::size_t>(backbone_->input().patch_values())) {
  const auto rows =
      capacity_ * static_cast<std::size_t>(backbone_->input().rows_of_patch(backbone_->input().patch_frames));
  embeddings_.resize(rows * embedding_size_);
  scores_.resize(rows * score_count_);
  owners_.reserve(capacity_);
}

void ClipBatcher::add(const std::shared_ptr<ClipInWork>& clip, const frontend::Patch& patch) {
  if (patch.frames != frames_) flush();
  frames_ = patch.frames;
  const std::int64_t values = frames_ * backbone_->input().mel_bands;
  std::copy_n(patch.log_mel, values, patches_.begin() + static_cast<std::int64_t>(owners_.size()) * values);
  owners_.push_back({clip, patch.rows_before});
  clip->value.embedding_size = static_cast<std::int64_t>(embedding_size_);
  clip->value.score_count = static_cast<std::int64_t>(score_count_);
  const std::int64_t rows = backbone_->input().rows_of_patch(frames_);
  for (std::int64_t row = patch.rows_before; row < rows; ++row) {
    clip->value.level_dbfs.push_back(patch.level_of_row(row));
    ++clip->rows_given;
  }
  if (owners_.size() == capacity_) flush();
}

void ClipBatcher::flush() {
  if (owners_.empty()) return;
  backbone_->run_frames(patches_.data(), static_cast<std::int64_t>(owners_.size()), frames_, embeddings_.data(),
                        scores_.data());
  const auto rows = static_cast<std::size_t>(backbone_->input().rows_of_patch(frames_));
  for (std::size_t patch = 0; patch < owners_.size(); ++patch) {
    ClipInWork& clip = *owners_[patch].clip;
    if (clip.dropped) continue;
    for (auto row = static_cast<std::size_t>(owners_[patch].rows_before); row < rows; ++row) {
      append_row(clip.value.embeddings, embeddings_, patch * rows + row, embedding_size_);
      append_row(clip.value.scores, scores_, patch * rows + row, score_count_);
      ++clip.value.patch_count;
    }
  }
  owners_.clear();
}

}  // namespace soundfold::extraction
