// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "text/choice.h"

#include <cstddef>

/// The forms that a head may have, each an enum, and how they are written in configurations and files.
namespace soundfold::head_spec {

enum class HeadInput { embeddings, scores, both };
enum class Activation { relu, gelu, tanh };
enum class Normalization { none, layer, batch };
enum class Pooling { window, mean, mean_max, attention };
enum class Scaling { none, rms };
/// Whose classes are answered behind the model's own.
enum class Append { none, backbone };

/// Their names, for text/choice.h.
constexpr ChoiceNames<HeadInput> choice_names_of(HeadInput) {
  return {{"embeddings", "scores", "both"}};
}
constexpr ChoiceNames<Activation> choice_names_of(Activation) {
  return {{"relu", "gelu", "tanh"}};
}
constexpr ChoiceNames<Normalization> choice_names_of(Normalization) {
  return {{"none", "layer", "batch"}};
}
constexpr ChoiceNames<Pooling> choice_names_of(Pooling) {
  return {{"window", "mean", "mean_max", "attention"}, {"frame"}};
}
constexpr ChoiceNames<Append> choice_names_of(Append) {
  return {{"none", "backbone"}};
}
constexpr ChoiceNames<Scaling> choice_names_of(Scaling) {
  return {{"none", "rms"}};
}

/// What a pooling is like, whatever it computes.
struct PoolingProperties {
  bool pools_clips;   ///< one vector for a clip, not one for each window
  bool doubles_size;  ///< its vectors are two of a window's size, one after the other
  bool is_learned;    ///< has a weight of its own (attention.weight)
};

/// Its row in the one table.
constexpr PoolingProperties properties_of(Pooling pooling) {
  constexpr PoolingProperties rows[] = {
      {false, false, false},  // window
      {true, false, false},   // mean
      {true, true, false},    // mean_max
      {true, false, true},    // attention
  };
  return rows[static_cast<std::size_t>(pooling)];
}

}  // namespace soundfold::head_spec
