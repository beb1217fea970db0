// SPDX-License-Identifier: Apache-2.0
#include "weights/weights.h"

#include "support/errors.h"
#include "text/csv.h"
#include "weights/importing.h"
#include "weights/keras_h5.h"
#include "weights/safetensors.h"
#include "weights/tflite.h"

#include <algorithm>
#include <cmath>

namespace soundfold::weights {
namespace fs = std::filesystem;
namespace {

/// Output channels and stride of layers 1 to 14 of MobileNet v1, width 1.0.
struct Geometry {
  std::int64_t out_channels;
  int stride;
};
constexpr Geometry kLayers[] = {{32, 2},  {64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2},
                                {512, 1}, {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};

ConvLayer layer(const std::string& name, ConvLayer::Kind kind, std::int64_t in, std::int64_t out, int stride) {
  ConvLayer made;
  made.name = name;
  made.kind = kind;
  made.in_channels = in;
  made.out_channels = out;
  made.stride = stride;
  return made;
}

/// True when all batch norms do nothing but add beta, as in files written from the TFLite weights.
bool batch_norms_are_folded(const Weights& weights) {
  const auto folded = [](const ConvLayer& layer) {
    return std::all_of(layer.mean.begin(), layer.mean.end(), [](float m) { return m == 0.0F; }) &&
           std::all_of(layer.variance.begin(), layer.variance.end(),
                       [](float v) { return std::abs(v - kFoldedVariance) < 1e-6F; });
  };
  return std::all_of(weights.layers.begin(), weights.layers.end(), folded);
}

}  // namespace

std::int64_t Weights::parameter_count() const {
  std::size_t count = classifier_kernel.size() + classifier_bias.size();
  for (const auto& layer : layers) {
    count += layer.kernel.size() + layer.beta.size() + layer.mean.size() + layer.variance.size();
  }
  return static_cast<std::int64_t>(count);
}

std::vector<ConvLayer> yamnet_layers() {
  using Kind = ConvLayer::Kind;
  std::vector<ConvLayer> layers{layer("layer1", Kind::full, 1, kLayers[0].out_channels, kLayers[0].stride)};
  for (std::size_t i = 1; i < std::size(kLayers); ++i) {
    const std::string name = "layer" + std::to_string(i + 1);
    const std::int64_t in = layers.back().out_channels;
    layers.push_back(layer(name + ".depthwise", Kind::depthwise, in, in, kLayers[i].stride));
    layers.push_back(layer(name + ".pointwise", Kind::pointwise, in, kLayers[i].out_channels, 1));
  }
  return layers;
}

Weights read_weights(const fs::path& path, const fs::path& class_map, std::optional<Activation> activation) {
  const WeightsFormat format = weights_format(path);
  if (format != WeightsFormat::keras_h5) {
    Weights weights = format == WeightsFormat::tflite ? read_tflite(path) : read_safetensors(path);
    if (activation && *activation != weights.activation) {
      throw UsageError(path.string() + " says that its activation is " + activation_name(weights.activation) +
                       "; leave the activation out");
    }
    return weights;
  }
  Weights weights = read_keras_h5(path, activation.value_or(Activation::relu), class_map);
  if (!activation && batch_norms_are_folded(weights)) weights.activation = Activation::relu6;
  return weights;
}

std::vector<std::string> read_class_map(const fs::path& path) {
  const CsvTable table = CsvTable::read(path);
  if (table.row_count() != kClassCount) {
    throw DataError(path.string() + ": " + std::to_string(table.row_count()) + " classes, expected " +
                    std::to_string(kClassCount));
  }
  std::vector<std::string> names;
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    if (table.integer_at(row, "index") != static_cast<long long>(row)) {
      throw DataError(table.where(row) + ": index " + table.at(row, "index") + ", expected " + std::to_string(row) +
                      " (indices count up from 0)");
    }
    names.push_back(table.at(row, "display_name"));
    if (names.back().empty()) throw DataError(table.where(row) + ": the display_name is empty");
  }
  return names;
}

std::string activation_name(Activation activation) {
  return activation == Activation::relu6 ? "relu6" : "relu";
}

FoldedLayer fold_batch_norm(const ConvLayer& layer) {
  FoldedLayer folded;
  folded.kernel.resize(layer.kernel.size());
  folded.bias.resize(layer.beta.size());
  const std::size_t taps = layer.kernel.size() / layer.beta.size();
  for (std::size_t o = 0; o < layer.beta.size(); ++o) {
    const double factor = 1.0 / std::sqrt(double{layer.variance[o]} + kBatchNormEpsilon);
    folded.bias[o] = static_cast<float>(layer.beta[o] - layer.mean[o] * factor);
    for (std::size_t i = o * taps; i < (o + 1) * taps; ++i) {
      folded.kernel[i] = static_cast<float>(layer.kernel[i] * factor);
    }
  }
  return folded;
}

}  // namespace soundfold::weights
