// SPDX-License-Identifier: Apache-2.0
#include "heads/prediction.h"

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

}  // namespace

Predictions predict(Head& head, const FeatureSet& features, std::int64_t batch_frames, bool with_frames) {
  const torch::NoGradGuard no_gradients;
  const EvalMode eval_mode(*head);
  const auto device = head->parameters().at(0).device();
  const auto classes = head->spec().class_count;
  if (features.empty()) return {torch::empty({0, classes}), torch::empty({0, classes})};
  std::vector<torch::Tensor> frame_logits, clip_logits;
  features.for_each_run(kChunkClips, batch_frames, [&](const ClipRun& run) {
    const auto frames = run.frames.to(device);
    const Segments clips(run.counts, device);
    if (with_frames || !head->pools_clips()) frame_logits.push_back(head->frame_logits(frames));
    clip_logits.push_back(head->pools_clips() ? head->clip_logits(frames, clips)
                                              : head->mean_logits(frame_logits.back(), clips));
  });
  return {frame_logits.empty() ? torch::Tensor() : torch::cat(frame_logits), torch::cat(clip_logits)};
}

}  // namespace soundfold::heads
