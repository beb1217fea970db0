// SPDX-License-Identifier: Apache-2.0
#include "features/internal/gather.h"

#include "heads/head.h"
#include "support/errors.h"

#include <algorithm>

namespace soundfold::features {
namespace {

/// Fills the windows of one FeatureSet clip by clip, in memory, or with `stream` their places; the width is that of the
/// first record.
class FrameFiller {
 public:
  FrameFiller(heads::FeatureSet& set, std::int64_t frame_count, config::HeadInput input, StoreFrames* stream)
      : set_(set), frame_count_(frame_count), input_(input), stream_(stream) {
    set_.level_dbfs = torch::empty({frame_count}, torch::kFloat32);
  }

  void add(const dataset::Clip& clip, const extraction::ExtractedClip& extracted, const store::Store& store) {
    const bool found = store.read(extracted.key, [&](const auto& record) { take(clip, extracted, record); });
    if (!found) {
      throw DataError("clip '" + clip.id + "': its embeddings are not in the store " + store.folder().string() +
                      " (missing or damaged); extract them again");
    }
    if (stream_ == nullptr) return;
    const auto record = stream_->add(extracted.key);
    for (std::int64_t patch = 0; patch < extracted.patch_count; ++patch) {
      places_.insert(places_.end(), {record, static_cast<std::int32_t>(extracted.first_patch + patch)});
    }
  }

  void finish() {
    if (stream_ != nullptr) set_.streamed = stream_->frames_at(places_);
  }

 private:
  void take(const dataset::Clip& clip, const extraction::ExtractedClip& extracted,
            const store::ClipEmbeddingsView& record) {
    const auto width = heads::input_size(input_, record.embedding_size, record.score_count);
    if (width_ == 0) width_ = width;
    if (stream_ == nullptr && !set_.features.defined())
      set_.features = torch::empty({frame_count_, width}, torch::kFloat32);
    const auto end = extracted.first_patch + extracted.patch_count;
    const bool fits = clip.stretch ? end <= record.patch_count : end == record.patch_count;
    if (!fits || width != width_) {
      throw DataError("clip '" + clip.id + "': the store holds " + std::to_string(record.patch_count) + " windows of " +
                      std::to_string(width) + " values, expected " + std::to_string(end) + " of " +
                      std::to_string(width_) + "; extract the clips again");
    }
    const auto part = record.part(extracted.first_patch, extracted.patch_count);
    if (stream_ == nullptr) copy_rows(part, input_, set_.features.data_ptr<float>() + next_ * width);
    std::copy_n(part.level_dbfs, part.patch_count, set_.level_dbfs.data_ptr<float>() + next_);
    next_ += part.patch_count;
  }

  heads::FeatureSet& set_;
  std::int64_t frame_count_;
  config::HeadInput input_;
  StoreFrames* stream_;
  std::vector<std::int32_t> places_;
  std::int64_t width_ = 0;
  std::int64_t next_ = 0;
};

torch::Tensor targets_of(const dataset::Dataset& dataset, const std::vector<std::size_t>& clips) {
  const auto count = static_cast<std::int64_t>(clips.size());
  const auto classes = static_cast<std::int64_t>(dataset.class_names.size());
  auto targets = dataset.multi_label ? torch::zeros({count, classes}) : torch::empty({count}, torch::kLong);
  for (std::int64_t row = 0; row < count; ++row) {
    const auto& labels = dataset.clips[clips[static_cast<std::size_t>(row)]].labels;
    if (dataset.multi_label) {
      for (const auto label : labels) targets.data_ptr<float>()[row * classes + label] = 1.0F;
    } else {
      targets.data_ptr<std::int64_t>()[row] = labels.at(0);
    }
  }
  return targets;
}

}  // namespace

heads::FeatureSet gather_features(const dataset::Dataset& dataset, const std::vector<std::size_t>& indices,
                                  const std::vector<extraction::ExtractedClip>& extracted, const store::Store& store,
                                  config::HeadInput input, StoreFrames* stream) {
  if (extracted.size() != dataset.clips.size()) {
    throw UsageError("gather_features: " + std::to_string(extracted.size()) + " extracted clips for a data set of " +
                     std::to_string(dataset.clips.size()));
  }
  heads::FeatureSet set;
  set.multi_label = dataset.multi_label;
  std::vector<std::size_t> good;
  std::vector<std::int64_t> first_frame = {0}, clip_of_frame;
  for (const auto index : indices) {
    const auto& clip = extracted.at(index);
    if (clip.key.empty()) continue;
    clip_of_frame.insert(clip_of_frame.end(), static_cast<std::size_t>(clip.patch_count),
                         static_cast<std::int64_t>(good.size()));
    first_frame.push_back(first_frame.back() + clip.patch_count);
    set.clip_ids.push_back(dataset.clips[index].id);
    good.push_back(index);
  }
  set.clip_of_frame = torch::tensor(clip_of_frame, torch::kLong);
  set.first_frame = torch::tensor(first_frame, torch::kLong);
  set.targets = targets_of(dataset, good);
  FrameFiller filler(set, first_frame.back(), input, stream);
  for (const auto index : good) filler.add(dataset.clips[index], extracted[index], store);
  filler.finish();
  return set;
}

}  // namespace soundfold::features
