// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "device/torch.h"
#include "head_spec/head_spec.h"
#include "heads/feature_set.h"
#include "heads/known_classes.h"
#include "heads/segments.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::heads {

using head_spec::HeadSpec;
using head_spec::input_size;
using head_spec::part_sizes;
using head_spec::properties_of;

/// `known` may be null: no class is known to the backbone.
HeadSpec make_head_spec(const config::Head& head, std::int64_t input_size, std::int64_t class_count,
                        const KnownClasses* known = nullptr, std::vector<std::int64_t> parts = {});

/// Standardisation divides by the deviation of a value, but not by less than this share of the typical one (the root
/// mean square of the deviations of the values that vary): dividing by less would raise the rounding of float32 to the
/// size of a real difference. Many of YAMNet's 1,024 values are zero in nearly all frames of a small data set.
inline constexpr double kLeastDeviation = 0.1;

/// A value whose deviation is below this share of the typical one is held constant.
inline constexpr double kLeastVarying = 0.001;

/// The scale of a value that is held constant: whatever it is, next to nothing is left. Finite, so that averages of
/// scales stay finite.
inline constexpr float kHeldConstant = 1e30F;

/// The trainable head. Its inputs, `frames` below, are the windows of clips. `window` pooling: each window is
/// classified and a clip's logits are the mean over its windows. The others pool a clip's windows first: mean [D];
/// mean_max [2D], mean then max; attention [D], a learned softmax-weighted mean whose scores are one linear layer
/// without bias. Standardisation comes first of all and is part of the head; scaling comes last before the layers.
///
/// Known classes: to the layers' logits the head adds, for each class the backbone knows, gain * (its logit, for a
/// clip pooling the largest over the clip's frames) + offset, which has mean 0 and deviation KnownClasses::weight over
/// the training data. Training does not see this part (pool() and classify() are without it):
/// a head that sees it relies on it and learns less.
///
/// Names of parameters and buffers: linear<i>.weight, linear<i>.bias; norm<i>.weight, norm<i>.bias (batch also
/// norm<i>.running_mean, norm<i>.running_var); attention.weight [1, D]; input_mean, input_scale [D] when standardize;
/// known_kernel [K, E], known_bias, known_gain, known_offset [K] when there are known classes.
class HeadImpl : public torch::nn::Module {
 public:
  /// Checks that the sizes fit each other (UsageError) and builds the layers with initial weights drawn from seed 0.
  explicit HeadImpl(HeadSpec spec);

  /// Logits [N, K] of N single frames [N, D]; with a clip pooling each frame counts as a clip of one frame.
  torch::Tensor frame_logits(const torch::Tensor& frames);

  /// Logits [C, K] of C clips: frames [F, D], those of a clip are a segment.
  torch::Tensor clip_logits(const torch::Tensor& frames, const Segments& clips);

  /// A clip's logits under window pooling, [C, K]: the mean over the logits [F, K] of its frames.
  static torch::Tensor mean_logits(const torch::Tensor& frame_logits, const Segments& clips);

  /// The two halves of the above without the known classes, for training (mixup works between them): frames -> one
  /// vector per sample, standardised, pooled and scaled ([F, D] itself for window pooling, [C, D] or [C, 2D]
  /// otherwise), and those vectors -> logits.
  torch::Tensor pool(const torch::Tensor& frames, const Segments& clips);
  torch::Tensor classify(torch::Tensor vectors);

  /// Fixes the standardisation, (x - input_mean) / input_scale, from the training frames: scale is the deviation, at
  /// least kLeastDeviation of the typical one. A value that never varies, or by less than kLeastVarying of the typical
  /// deviation, is held constant (with a log line): it becomes 0 in every frame.
  void fit_standardization(const FeatureSet& train);

  /// How many input values are held constant; 0 unless standardize.
  std::int64_t held_constant() const;

  /// Takes over the backbone's rows and fixes gain and offset from the training frames.
  /// `weight` is that of its logits, in logits per standard deviation over the training data.
  /// Throws UsageError when `known` does not fit the spec.
  void fit_known_classes(const KnownClasses& known, double weight, const FeatureSet& train);

  /// Draws all weights again: linear layers get Glorot-uniform weights and zero biases, as Keras's Dense does; norms 1,
  /// 0.
  void draw_weights(at::Generator generator);

  /// Dropout draws from this generator (on the head's device); without one from LibTorch's default generator.
  void set_dropout_generator(at::Generator generator) { dropout_generator_ = std::move(generator); }

  const HeadSpec& spec() const { return spec_; }
  bool pools_clips() const { return properties_of(spec_.pooling).pools_clips; }

  /// Linear layers in order (hidden ones, then the output) and what is between them, for the exporter. Of the norms
  /// only the kind chosen is filled, one per hidden layer; `attention` is null unless that is the pooling.
  const std::vector<torch::nn::Linear>& linears() const { return linears_; }
  const std::vector<torch::nn::LayerNorm>& layer_norms() const { return layer_norms_; }
  const std::vector<torch::nn::BatchNorm1d>& batch_norms() const { return batch_norms_; }
  const torch::nn::Linear& attention() const { return attention_; }
  const torch::Tensor& input_mean() const { return input_mean_; }    ///< undefined unless standardize
  const torch::Tensor& input_scale() const { return input_scale_; }  ///< undefined unless standardize

 private:
  void add_layers();
  void add_known_classes();
  torch::Tensor standardized(const torch::Tensor& frames) const;
  torch::Tensor scaled(const torch::Tensor& vectors) const;
  /// The backbone's logits of the known classes: frames [F, D] -> [F, K].
  torch::Tensor known_logits(const torch::Tensor& frames) const;
  torch::Tensor dropped(const torch::Tensor& values);
  torch::Tensor activated(const torch::Tensor& values) const;

  HeadSpec spec_;
  std::vector<torch::nn::Linear> linears_;
  std::vector<torch::nn::LayerNorm> layer_norms_;
  std::vector<torch::nn::BatchNorm1d> batch_norms_;
  torch::nn::Linear attention_{nullptr};
  torch::Tensor input_mean_, input_scale_;
  torch::Tensor known_kernel_, known_bias_, known_gain_, known_offset_;
  at::Generator dropout_generator_;
};
TORCH_MODULE(Head);

}  // namespace soundfold::heads
