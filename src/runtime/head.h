// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/model_file.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace soundfold::runtime {

/// A trained head at work: the arithmetic of heads::HeadImpl in eval mode, within rounding. D values of a frame, K
/// classes. Several threads may use one.
class Head {
 public:
  explicit Head(HeadValues values);

  const head_spec::HeadSpec& spec() const { return values_.spec; }

  /// What a clip's frames so far come to; at first nothing. Sums are kept in float64, as an exported model keeps them.
  struct Pooled {
    std::int64_t frames = 0;
    std::vector<double> sums;     ///< of logits [K], or of frames [D], under attention weighted
    std::vector<double> largest;  ///< [D] under mean_max
    double peak = 0, total = 0;   ///< of attention: the largest score, and the sum of weights relative to it
    std::vector<double> known;    ///< [K] largest logits of the known classes
  };

  /// Logits [count, K] of the frames [count, D], each by itself; the frames are taken into `pooled` too.
  void add(const float* frames, std::int64_t count, float* logits, Pooled& pooled) const;

  /// The clip's logits [K] of at least one frame.
  std::vector<float> finish(const Pooled& pooled) const;

 private:
  void pool(const std::vector<float>& known, const float* input, const float* logits, Pooled& pooled) const;
  void pool_attention(const float* input, Pooled& pooled) const;
  std::vector<float> standardized(const float* frames, std::size_t count) const;
  /// What enters the layers of single frames [rows, D]: mean, maximum and attention over one frame are that frame.
  std::vector<float> pooled_alone(const std::vector<float>& inputs) const;
  std::vector<float> layers(std::vector<float> vectors, std::size_t rows) const;
  void scale(float* vector) const;
  void normalise(std::size_t layer, float* vector) const;
  /// The backbone's logits [K] of the known classes; empty when none is known.
  std::vector<float> known_logits(const float* frame) const;
  void add_known(const std::vector<float>& known, float* logits) const;

  HeadValues values_;
  std::vector<std::int64_t> part_sizes_;
};

}  // namespace soundfold::runtime
