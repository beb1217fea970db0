#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "config/experiment.h"

namespace soundfold::training {

/// What a head is, apart from its values. Written into checkpoints and the exported file's metadata.
struct HeadSpec {
  std::string input = "embeddings";      ///< embeddings, scores, both (embeddings then scores)
  std::int64_t input_size = 1024;        ///< D
  std::int64_t class_count = 2;          ///< K
  std::vector<std::int64_t> hidden = {512};  ///< empty: linear
  std::string activation = "relu";       ///< relu, gelu, tanh
  std::string normalization = "none";    ///< none, layer, batch: after each hidden linear layer, before the activation
  double dropout = 0;                    ///< before every linear layer but a linear head's own; 0 to below 1
  std::string pooling = "frame";         ///< frame, mean, mean_max, attention
  bool standardize = false;              ///< subtract mean, divide by deviation of the training frames
};
HeadSpec make_head_spec(const config::Head& head, std::int64_t input_size, std::int64_t class_count);

/// The trainable head. `frame` pooling: each frame is classified and a clip's logits are the mean over its frames. The
/// others pool a clip's frames first: mean [D]; mean_max [2D]; attention [D], a learned softmax-weighted mean.
/// Standardisation comes first of all and is part of the head (buffers input_mean, input_scale).
class HeadImpl : public torch::nn::Module {
 public:
  explicit HeadImpl(HeadSpec spec);

  /// Logits [N, K] of N single frames [N, D]; with a clip pooling each frame counts as a clip of one frame.
  torch::Tensor frame_logits(const torch::Tensor& frames);

  /// Logits [C, K] of C clips: frames [F, D] adjacent per clip, `clip_of_frame` [F] int64 ascending from 0 to C - 1.
  torch::Tensor clip_logits(const torch::Tensor& frames, const torch::Tensor& clip_of_frame, std::int64_t clip_count);

  /// Fixes the standardisation from training frames [F, D]. A value that never varies gets scale 1 (and a log line).
  void fit_standardization(const torch::Tensor& frames);

  const HeadSpec& spec() const { return spec_; }
  /// Linear layers in order (hidden ones, then the output) and what stands between, for the exporter.
  const std::vector<torch::nn::Linear>& linears() const { return linears_; }

 private:
  HeadSpec spec_;
  std::vector<torch::nn::Linear> linears_;
  // Further members (norms, attention, buffers) are the implementer's.
};
TORCH_MODULE(Head);

}  // namespace soundfold::training
