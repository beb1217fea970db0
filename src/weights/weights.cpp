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

/// True when all batch norms do nothing but add beta, as in files written from the TFLite weights.
bool batch_norms_are_folded(const Weights& weights) {
  const float one = network::folded_variance(weights.network.batch_norm_epsilon);
  const auto folded = [&](const network::LayerValues& layer) {
    return std::all_of(layer.mean.begin(), layer.mean.end(), [](float m) { return m == 0.0F; }) &&
           std::all_of(layer.variance.begin(), layer.variance.end(),
                       [&](float v) { return std::abs(v - one) < 1e-6F; });
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

Weights read_weights(const fs::path& path, const fs::path& class_map, std::optional<network::Activation> activation) {
  const WeightsFormat format = weights_format(path);
  if (format != WeightsFormat::keras_h5) {
    Weights weights = format == WeightsFormat::tflite ? read_tflite(path) : read_safetensors(path);
    if (activation && *activation != weights.network.activation) {
      throw UsageError(path.string() + " says that its activation is " +
                       network::activation_name(weights.network.activation) + "; leave the activation out");
    }
    return weights;
  }
  Weights weights = read_keras_h5(path, activation.value_or(network::Activation::relu), class_map);
  if (!activation && batch_norms_are_folded(weights)) weights.network.activation = network::Activation::relu6;
  return weights;
}

std::vector<std::string> read_class_map(const fs::path& path) {
  const CsvTable table = CsvTable::read(path);
  if (table.row_count() != network::kYamnetClasses) {
    throw DataError(path.string() + ": " + std::to_string(table.row_count()) + " classes, expected " +
                    std::to_string(network::kYamnetClasses));
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

}  // namespace soundfold::weights
