// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "heads/feature_set.h"

#include <cstdint>
#include <vector>

namespace soundfold::training {

/// One batch of N samples: windows, or whole clips.
struct Batch {
  torch::Tensor frames;    ///< [F, D], on the data's device; F = N when the samples are windows
  heads::Segments clips;   ///< the windows of each sample; none when the samples are windows
  torch::Tensor targets;   ///< [N] int64 or [N, K] float32
  torch::Tensor weights;   ///< [N] float32, of each sample in the loss; undefined: all 1
  torch::Tensor samples;   ///< [N] int64 on the data's device: which samples these are
  std::int64_t count = 0;  ///< N
};

/// Cuts a data set into batches of samples in an order drawn again for each epoch. The last batch may be smaller; with
/// `no_single` a last batch of one joins the one before it (batch normalisation cannot work on a single sample).
class Batches {
 public:
  /// `features` must outlive this. `clips`: a sample is a clip, otherwise a window.
  /// `balanced`: an epoch has all classes equally often, a small one by repeating its clips; needs one label for each
  /// clip.
  Batches(const heads::FeatureSet& features, bool clips, std::int64_t batch_size, bool no_single,
          bool balanced = false);

  std::int64_t sample_count() const { return sample_count_; }
  std::int64_t batch_count() const { return static_cast<std::int64_t>(begins_.size()) - 1; }
  std::int64_t size_of(std::int64_t batch) const;

  /// Targets of all samples, by sample number.
  const torch::Tensor& targets() const { return targets_; }

  /// N of each batch, in order.
  std::vector<std::int64_t> sizes() const;

  /// Draws the order of an epoch, and has all that its batches need on the data's device, so that none waits for it.
  void shuffle(at::Generator generator);
  Batch get(std::int64_t batch) const;

 private:
  void lay_out(const torch::Tensor& order);

  const heads::FeatureSet& features_;
  bool clips_, balanced_;
  std::int64_t sample_count_;
  torch::Tensor targets_;
  std::vector<std::int64_t> begins_;  ///< place in the order of each batch's first sample, and the end
  // Of the epoch, on the data's device:
  torch::Tensor order_;                     ///< [samples] int64
  torch::Tensor frame_order_;               ///< [F] int64, for clips: their windows in order
  std::vector<std::int64_t> frame_begins_;  ///< of each batch in frame_order_, and the end
  std::vector<heads::Segments> clips_of_batch_;
};

}  // namespace soundfold::training
