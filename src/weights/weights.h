// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::weights {

enum class Activation { relu, relu6 };

/// "relu" or "relu6".
std::string activation_name(Activation activation);

/// Batch-norm epsilon of YAMNet (neither PyTorch's nor Keras' default).
inline constexpr double kBatchNormEpsilon = 1e-4;
inline constexpr int kClassCount = 521;

/// One convolution and the batch norm after it. 27 of them: layer1, then depthwise and pointwise of layers 2 to 14.
struct ConvLayer {
  enum class Kind { full, depthwise, pointwise };
  std::string name;  ///< "layer1", "layer2.depthwise", "layer2.pointwise"
  Kind kind = Kind::full;
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  int stride = 1;
  std::vector<float> kernel;  ///< OIHW: [out, in, 3, 3], depthwise [C, 1, 3, 3], pointwise [out, in, 1, 1]
  std::vector<float> beta, mean, variance;  ///< [out]; the batch norm has no gamma
};

/// Quantisation of one convolution (or the classifier) as the TFLite file gives it.
/// real = scale * (q - zero_point). Kernels are int8 with zero point 0; bias scale = input scale * kernel scale.
struct QuantizedLayer {
  std::string name;
  std::vector<std::int8_t> kernel;   ///< OIHW as in ConvLayer; classifier [521, 1024]
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

/// A complete pretrained network of YAMNet's family. Widths are read from the weights, not assumed.
struct Weights {
  std::vector<ConvLayer> layers;
  std::vector<float> classifier_kernel;  ///< [classes, embedding], row-major
  std::vector<float> classifier_bias;    ///< [classes]
  Activation activation = Activation::relu;
  std::vector<std::string> class_names;
  std::string source;  ///< file name, kind and sha256 of what was imported; for users
  std::optional<Quantization> quantization;

  std::int64_t embedding_size() const { return layers.empty() ? 0 : layers.back().out_channels; }
  std::int64_t class_count() const { return static_cast<std::int64_t>(classifier_bias.size()); }
  /// Values in kernels, batch norms and classifier: 3,751,369 for YAMNet.
  std::int64_t parameter_count() const;
};

/// The 27 layers of YAMNet (MobileNet v1, width 1.0) with names, kinds, channels and strides, and no values.
std::vector<ConvLayer> yamnet_layers();

/// Picks the reader by content: HDF5, TFLite or Soundfold's safetensors; weights_from_file (module.h) reads a .pt.
/// `class_map` and `activation` are for HDF5 only. Without `activation`, a Keras file written from the TFLite weights
/// (every variance 1 - 1e-4, every mean 0: its batch norms are folded) is ReLU6 and any other is ReLU.
Weights read_weights(const std::filesystem::path& path, const std::filesystem::path& class_map,
                     std::optional<Activation> activation);

/// The 521 display names of yamnet_class_map.csv. Throws DataError when indices are not 0..520 in order.
std::vector<std::string> read_class_map(const std::filesystem::path& path);

/// A convolution with its batch norm folded in: y = kernel * x + bias.
struct FoldedLayer {
  std::vector<float> kernel;  ///< OIHW, as in ConvLayer
  std::vector<float> bias;    ///< [out]
};

/// y = (k * x - mean) / sqrt(variance + epsilon) + beta, with both factors moved into kernel and bias. In double.
FoldedLayer fold_batch_norm(const ConvLayer& layer);

}  // namespace soundfold::weights
