// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "onnx/internal/front_end.h"
#include "onnx/internal/operations.h"
#include "weights/weights.h"

/// From patches to embeddings and scores. Private to this room.
namespace soundfold::onnx {

/// Names of values in the graph, for all patches of all waveforms one after the other.
struct BackboneAnswers {
  std::string embeddings;  ///< [B * P, E], with the values of the tapped blocks after the network's own
  std::string scores;      ///< [B * P, S]
};

/// Adds the network in float32. `taps` are numbers of blocks, from 1, whose channels' means and maxima follow the
/// embedding.
BackboneAnswers add_network(GraphBuilder& builder, const std::string& patches, const weights::Weights& backbone,
                            const std::vector<std::int64_t>& taps);

/// The same in the integers of the TFLite file (`backbone.quantization`), as pairs of QuantizeLinear and
/// DequantizeLinear, which runtimes turn into integer operators that round as our engine does. Activations and kernels
/// are both unsigned: with signed kernels ONNX Runtime adds products in 16 bits, which saturate, on processors without
/// VNNI.
BackboneAnswers add_quantized_network(GraphBuilder& builder, const std::string& patches,
                                      const weights::Weights& backbone, const std::vector<std::int64_t>& taps);

/// A transformer in float32 (network/transformer.h), on patches of any length that it has positions for. `taps` are
/// numbers of blocks, from 1, the means and maxima of whose tokens follow the embedding.
BackboneAnswers add_transformer(GraphBuilder& builder, const Patches& patches, const weights::Weights& backbone,
                                const std::vector<std::int64_t>& taps);

/// Kernel size, strides, padding (TensorFlow's SAME) and groups of a Conv.
Attributes convolution_attributes(const network::Layer& layer);

/// Means and maxima of the blocks' maps that are tapped, in the order of the blocks; and how they follow the embedding.
class TappedBlocks {
 public:
  TappedBlocks(GraphBuilder& builder, const network::Description& network, const std::vector<std::int64_t>& taps);
  /// Whether a tapped block ends with this layer.
  bool has(std::size_t layer) const;
  /// To be called with the map of each layer that it has; others do nothing.
  void add(std::size_t layer, const std::string& map);
  /// `embeddings` and what was tapped.
  std::string join(const std::string& embeddings) const;

 private:
  GraphBuilder& builder_;
  std::vector<network::Block> blocks_;  ///< those tapped
  std::vector<std::string> tapped_;
};

}  // namespace soundfold::onnx
