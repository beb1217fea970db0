// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/internal/onednn_convolutions.h"
#include "network/description.h"

#include <array>
#include <cstdint>
#include <memory>

/// What lies around the convolutions: from log-mel patches to the first one's source, from the last one's output to the
/// embedding and the classifier's source, from the classifier's output to scores. Private to this room.
namespace soundfold::engines::onednn {

/// A map inside the network whose means and maxima follow the embedding (module.h, taps).
struct Tap {
  std::size_t convolution = 0;  ///< whose output it is
  dnnl::memory::data_type type = dnnl::memory::data_type::f32;
  std::int64_t positions = 0;  ///< rows times columns
  std::int64_t channels = 0;
  float scale = 0;          ///< of a uint8 map
  std::int64_t offset = 0;  ///< of its values in an embedding: `channels` means, then as many maxima
};

/// The numbers the edges need; the scales are int8's only.
struct EdgeSettings {
  Precision precision = Precision::float32;
  network::Layer layer1;
  network::MapShape patch;
  std::int64_t positions = 0;       ///< rows times columns of the last convolution's output
  std::int64_t embedding_size = 0;  ///< of the network itself
  std::int64_t row_size = 0;        ///< values per patch that are given: the embedding and what the taps add
  std::int64_t class_count = 0;
  std::vector<Tap> taps;  ///< ascending
  float input_scale = 0;
  int input_zero_point = 0;
  float mean_factor = 0;  ///< last activation's scale / (mean's scale * positions)
  float mean_scale = 0;
  int mean_zero_point = 0;
  std::array<float, 256> sigmoid{};  ///< by quantised logit
};

/// `taps` are numbers of blocks from 1, ascending. Throws UsageError for a block that is not before the last.
EdgeSettings edge_settings(const weights::Weights& weights, Precision precision,
                           const std::vector<Convolution>& convolutions, const std::vector<std::int64_t>& taps);

/// Writes a tap's means and maxima of `count` patches into their rows of `row_size` values.
void take_tap(const Tap& tap, const void* map, std::int64_t count, std::int64_t row_size, float* rows);

/// Serves one thread at a time.
class Edges {
 public:
  virtual ~Edges() = default;

  /// patches [count, frames, bands] to the windows of layer1 (layer1_windows.h), in the first convolution's source
  /// type.
  virtual void write_windows(const float* patches, std::int64_t count, void* source) = 0;
  /// Means over rows and columns of the last convolution's output: as the classifier takes them, and at the start of
  /// the rows [count, row_size].
  virtual void take_means(const void* output, std::int64_t count, float* rows, void* classifier_source) const = 0;
  /// The classifier's output to scores [count, class_count].
  virtual void take_scores(const void* output, std::int64_t count, float* scores) const = 0;
};

std::unique_ptr<Edges> make_edges(const EdgeSettings& settings);

}  // namespace soundfold::engines::onednn
