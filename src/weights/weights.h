// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/batch_norm.h"
#include "network/description.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::weights {

/// Quantisation of one convolution (or the classifier) as the TFLite file gives it.
/// real = scale * (q - zero_point). Kernels are int8 with zero point 0; bias scale = input scale * kernel scale.
struct QuantizedLayer {
  std::string name;
  std::vector<std::int8_t> kernel;   ///< as in LayerValues; classifier [521, 1024]
  std::vector<float> kernel_scales;  ///< [out], or one for the classifier
  std::vector<std::int32_t> bias;    ///< [out]
  float output_scale = 0;
  int output_zero_point = 0;
};

/// The int8 arithmetic of the TFLite file, kept beside the dequantised weights.
struct Quantization {
  float input_scale = 0;  ///< of the log-mel patch
  int input_zero_point = 0;
  std::vector<QuantizedLayer> layers;  ///< 27 convolutions, in order
  float mean_scale = 0;                ///< output of the global mean, i.e. of the embedding
  int mean_zero_point = 0;
  QuantizedLayer classifier;
};

/// A complete pretrained network: what it is, and its values. Widths are read from the weights, not assumed.
struct Weights {
  network::Description network;
  std::vector<network::LayerValues> layers;  ///< one for each layer of `network`
  /// Of a network that is not of layers, each with its values, by the names of network::named_tensors().
  std::map<std::string, std::vector<float>> tensors;
  std::vector<float> classifier_kernel;  ///< [classes, classifier_inputs()], row-major
  std::vector<float> classifier_bias;    ///< [classes]
  std::vector<std::string> class_names;
  std::string source;  ///< file name, kind and sha256 of what was imported; for users
  std::optional<Quantization> quantization;

  std::int64_t embedding_size() const { return network.embedding_size(); }
  std::int64_t class_count() const { return network.class_count; }
  network::FoldedLayer folded(std::size_t layer) const {
    return network::fold_batch_norm(layers.at(layer), network.batch_norm_epsilon);
  }
  /// Values in kernels, batch norms and classifier: 3,751,369 for YAMNet.
  std::int64_t parameter_count() const;
};

/// Picks the reader by content: HDF5, TFLite or Soundfold's safetensors; weights_from_file (module.h) reads a .pt.
/// `class_map` and `activation` are for HDF5 only. Without `activation`, a Keras file written from the TFLite
/// weights (every variance 1 - 1e-4, every mean 0: its batch norms are folded) is ReLU6 and any other is ReLU.
Weights read_weights(const std::filesystem::path& path, const std::filesystem::path& class_map,
                     std::optional<network::Activation> activation);

/// The same of the formats that say all of themselves: TFLite and Soundfold's safetensors. Throws DataError for others.
Weights read_described_weights(const std::filesystem::path& path);

/// The display names of a table of classes: the 521 of yamnet_class_map.csv, or the 527 of AudioSet's
/// class_labels_indices.csv. Throws DataError when indices are not 0, 1, ... `count` - 1 in order.
std::vector<std::string> read_class_map(const std::filesystem::path& path, int count = network::kYamnetClasses);

}  // namespace soundfold::weights
