// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/transformer.h"

#include <cstdint>
#include <vector>

/// A network of inverted residuals over a patch of log-mel values: MobileNetV3 (Howard et al., "Searching for
/// MobileNetV3", arXiv 1905.02244) as EfficientAT has it (Schmid et al., "Efficient large-scale audio tagging via
/// transformer-to-CNN knowledge distillation", arXiv 2211.04772).
namespace soundfold::network {

/// From a map [in, frames, bands] to one [out_channels, ...]: expand (1 by 1, left out where nothing expands), its
/// activation, depthwise, its activation, squeeze and excite, project (1 by 1, no activation). The input is added where
/// stride is 1 and the channels stay.
struct InvertedResidual {
  int side = 3;  ///< rows and columns of the depthwise kernel, which is padded by (side - 1) / 2 zeros at each end
  int stride = 1;
  std::int64_t expanded_channels = 0;
  std::int64_t out_channels = 0;
  /// Above 0: each channel is multiplied by sigmoid(excite(relu(squeeze(its mean)))), with so many values between.
  std::int64_t squeeze_channels = 0;
  bool hard_swish = false;  ///< x * min(max(x + 3, 0), 6) / 6, not relu

  bool operator==(const InvertedResidual& other) const {
    return side == other.side && stride == other.stride && expanded_channels == other.expanded_channels &&
           out_channels == other.out_channels && squeeze_channels == other.squeeze_channels &&
           hard_swish == other.hard_swish;
  }
};

/// What is computed of a patch x [1, frames, bands]:
///  1. x = (x + input_shift) * input_factor;
///  2. the stem, a convolution of 3 by 3 with stride 2 and one zero at each end, hard swish;
///  3. the blocks;
///  4. the last convolution, 1 by 1, hard swish. The mean of its map is the embedding;
///  5. a linear map of the embedding to hidden_size values, hard swish, the classifier, and a sigmoid.
/// Batch norms are folded into the kernels. Sizes are halved as (n - 1) / 2 + 1, so that a patch may have any length.
struct MobileNet {
  double input_shift = 4.5;
  double input_factor = 0.2;
  std::int64_t stem_channels = 16;
  std::vector<InvertedResidual> blocks;
  std::int64_t last_channels = 960;  ///< of the embedding
  std::int64_t hidden_size = 1'280;  ///< which the classifier takes

  /// Channels that block `i` takes.
  std::int64_t in_channels(std::size_t i) const { return i == 0 ? stem_channels : blocks.at(i - 1).out_channels; }
  bool expands(std::size_t i) const { return blocks.at(i).expanded_channels != in_channels(i); }
  bool adds_input(std::size_t i) const { return blocks.at(i).stride == 1 && blocks[i].out_channels == in_channels(i); }
  bool operator==(const MobileNet& other) const {
    return input_shift == other.input_shift && input_factor == other.input_factor &&
           stem_channels == other.stem_channels && blocks == other.blocks && last_channels == other.last_channels &&
           hidden_size == other.hidden_size;
  }
};

/// Its float32 tensors in order, all but the classifier's two, kernels as [out, in, frames, bands]: "stem.kernel"
/// [stem, 1, 3, 3], "stem.bias" [stem], "block1.expand.kernel" [expanded, in, 1, 1], "block1.depthwise.kernel"
/// [expanded, 1, side, side], "block1.squeeze.kernel" [squeeze, expanded], "block1.excite.kernel" [expanded, squeeze],
/// "block1.project.kernel" [out, expanded, 1, 1], ..., "last.kernel" [last, in, 1, 1], "hidden.kernel" [hidden, last].
std::vector<NamedShape> mobilenet_tensors(const MobileNet& network);

/// Multiply-accumulates of one patch, the classifier's included.
std::int64_t multiply_accumulates(const MobileNet& network, std::int64_t frames, std::int64_t mel_bands,
                                  std::int64_t class_count);

/// Throws UsageError ("weights: mobilenet: ...") for numbers with which nothing can be computed, or not in memory.
void check_mobilenet(const MobileNet& network);

/// The blocks of MobileNetV3 (large) for a width of 1, times `width`, channels rounded to multiples of 8 as its authors
/// do it; a quarter of the expanded channels are between squeeze and excite. Width 1: 15 blocks, an embedding of 960
/// values. Throws UsageError for a width that is not above 0 and at most 10.
MobileNet mobilenet_v3(double width);

}  // namespace soundfold::network
