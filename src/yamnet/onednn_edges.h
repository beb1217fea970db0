#pragma once

#include "yamnet/onednn_convolutions.h"

#include <array>
#include <cstdint>
#include <memory>

/// What lies around the convolutions: from log-mel patches to the first one's source, from the last one's output to the
/// embedding and the classifier's source, from the classifier's output to scores. Private to this room.
namespace soundfold::yamnet::onednn {

/// The numbers the edges need; the scales are int8's only.
struct EdgeSettings {
  Precision precision = Precision::float32;
  int layer1_stride = 2;
  std::int64_t positions = 0;  ///< rows times columns of the last convolution's output
  std::int64_t embedding_size = 0;
  std::int64_t class_count = 0;
  float input_scale = 0;
  int input_zero_point = 0;
  float mean_factor = 0;  ///< last activation's scale / (mean's scale * positions)
  float mean_scale = 0;
  int mean_zero_point = 0;
  std::array<float, 256> sigmoid{};  ///< by quantised logit
};

EdgeSettings edge_settings(const Weights& weights, Precision precision, const std::vector<Convolution>& convolutions);

/// Serves one thread at a time.
class Edges {
 public:
  virtual ~Edges() = default;

  /// patches [count, 96, 64] to the windows of layer1 (layer1_windows.h), in the first convolution's source type.
  virtual void write_windows(const float* patches, std::int64_t count, void* source) = 0;
  /// Means over rows and columns of the last convolution's output: embeddings [count, embedding_size], and the same as
  /// the classifier takes them.
  virtual void take_means(const void* output, std::int64_t count, float* embeddings, void* classifier_source) const = 0;
  /// The classifier's output to scores [count, class_count].
  virtual void take_scores(const void* output, std::int64_t count, float* scores) const = 0;
};

std::unique_ptr<Edges> make_edges(const EdgeSettings& settings);

}  // namespace soundfold::yamnet::onednn
