// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "head_spec/choices.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::head_spec {

/// What a head is, apart from its values. Written into checkpoints and the metadata of exported files. Options of
/// `head` have values that config/ has checked.
struct HeadSpec {
  HeadInput input = HeadInput::embeddings;   ///< both: embeddings, then scores
  std::int64_t input_size = 1024;            ///< D
  std::int64_t class_count = 2;              ///< K
  std::vector<std::int64_t> hidden = {512};  ///< empty: linear
  Activation activation = Activation::relu;  ///< gelu: the exact one, with erf
  /// After each hidden linear layer, before the activation.
  Normalization normalization = Normalization::none;
  double dropout = 0;  ///< before every linear layer but a linear head's own; 0 to below 1
  Pooling pooling = Pooling::window;
  bool standardize = false;  ///< subtract mean, divide by deviation of the training windows
  /// rms: divide what enters the layers, part by part, by its root mean square.
  Scaling scaling = Scaling::none;
  /// Sizes of the parts of a window that scaling treats each by itself, in order; empty: the window is one part.
  std::vector<std::int64_t> parts;
  std::int64_t known_inputs = 0;  ///< E of the known classes: the first values of a window; 0: no class is known
  /// Known classes are rows for those values with their mean subtracted, divided by sqrt(variance + this): a
  /// transformer's classifier takes a layer norm of the embedding. 0: for the values as they are.
  double known_norm_epsilon = 0;
};

/// Added to the mean square under scaling: rms, so that a vector of zeros stays one.
inline constexpr double kScalingEpsilon = 1e-12;

/// Added to the variance by layer and batch norms.
inline constexpr double kNormEpsilon = 1e-5;

/// Values per window for `input`, given the backbone's sizes.
std::int64_t input_size(HeadInput input, std::int64_t embedding_size, std::int64_t score_count);

/// Sizes of the parts of the vectors that enter the layers; with mean_max first those of the mean, then of the maximum.
std::vector<std::int64_t> part_sizes(const HeadSpec& spec);

/// Throws UsageError unless there is at least 1 input value and 1 class, known classes fit a window, their norm is one,
/// and the parts make up a window.
void check(const HeadSpec& spec);

/// A tensor of a head.
struct TensorShape {
  std::string name;  ///< "linear0.weight"
  std::vector<std::int64_t> sizes;
};

/// All tensors with floating-point values that a head of this spec has, in the order in which they are used:
/// input_mean, input_scale [D] when standardize; attention.weight [1, D]; for each layer i linear<i>.weight [out, in],
/// linear<i>.bias, and after hidden ones norm<i>.weight, norm<i>.bias (batch also norm<i>.running_mean,
/// norm<i>.running_var); known_kernel [K, E], known_bias, known_gain, known_offset [K] when there are known classes.
std::vector<TensorShape> tensor_shapes(const HeadSpec& spec);

/// The spec for metadata. known_norm_epsilon is in it only where it is not 0.
nlohmann::json to_json(const HeadSpec& spec);

/// From to_json's form. Throws DataError ("head: ...") for anything else, and for what check() refuses.
HeadSpec from_json(const nlohmann::json& json);

}  // namespace soundfold::head_spec
