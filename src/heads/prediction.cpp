// SPDX-License-Identifier: Apache-2.0
#include "heads/prediction.h"

#include <algorithm>

namespace soundfold::heads {
namespace {

/// Bounds the clips of a chunk too: pooling makes a matrix of clips by frames.
constexpr std::int64_t kChunkClips = 256;

/// Puts a head into eval mode and back.
class EvalMode {
 public:
  explicit EvalMode(HeadImpl& head) : head_(head), was_training_(head.is_training()) { head_.eval(); }
  ~EvalMode() { head_.train(was_training_); }
  EvalMode(const EvalMode&) = delete;
  EvalMode& operator=(const EvalMode&) = delete;

 private:
  HeadImpl& head_;
  bool was_training_;
};

/// The clip after the last one of a chunk that starts at `clip`: whole clips of `batch_frames` together, at least one.
std::int64_t chunk_end(const std::int64_t* first_frame, std::int64_t clip, std::int64_t clips,
                       std::int64_t batch_frames) {
  auto end = clip + 1;
  while (end < clips && end - clip < kChunkClips && first_frame[end + 1] - first_frame[clip] <= batch_frames) ++end;
  return end;
}

std::vector<std::int64_t> counts_of(const std::int64_t* first_frame, std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> counts;
  for (auto clip = begin; clip < end; ++clip) counts.push_back(first_frame[clip + 1] - first_frame[clip]);
  return counts;
}

}  // namespace

Predictions predict(Head& head, const FeatureSet& features, std::int64_t batch_frames, bool with_frames) {
  const torch::NoGradGuard no_gradients;
  const EvalMode eval_mode(*head);
  const auto device = head->parameters().at(0).device();
  const auto classes = head->spec().class_count;
  if (features.empty()) return {torch::empty({0, classes}), torch::empty({0, classes})};
  const auto* first_frame = features.first_frame.data_ptr<std::int64_t>();
  std::vector<torch::Tensor> frame_logits, clip_logits;
  for (std::int64_t clip = 0; clip < features.clip_count();) {
    const auto end = chunk_end(first_frame, clip, features.clip_count(), batch_frames);
    const auto begin = first_frame[clip];
    const auto frames = features.features.narrow(0, begin, first_frame[end] - begin).to(device);
    const Segments clips(counts_of(first_frame, clip, end), device);
    if (with_frames || !head->pools_clips()) frame_logits.push_back(head->frame_logits(frames));
    clip_logits.push_back(head->pools_clips() ? head->clip_logits(frames, clips)
                                              : head->mean_logits(frame_logits.back(), clips));
    clip = end;
  }
  return {frame_logits.empty() ? torch::Tensor() : torch::cat(frame_logits), torch::cat(clip_logits)};
}

}  // namespace soundfold::heads
