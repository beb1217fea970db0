// SPDX-License-Identifier: Apache-2.0
#include "weights/weights.h"

#include "support/errors.h"
#include "text/csv.h"
#include "weights/keras_h5.h"
#include "weights/safetensors.h"
#include "weights/tflite.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

namespace soundfold::weights {
namespace fs = std::filesystem;
namespace {

using MaybeActivation = std::optional<network::Activation>;

Weights read_any_keras(const fs::path& path, const fs::path& class_map, MaybeActivation activation);

/// For files that say their activation.
template <Weights (*read)(const fs::path& path)>
Weights read_self_described(const fs::path& path, const fs::path& /*class_map*/, MaybeActivation activation) {
  Weights weights = read(path);
  if (!activation || *activation == weights.network.activation) return weights;
  throw UsageError(path.string() + " says that its activation is " +
                   network::activation_name(weights.network.activation) + "; leave the activation out");
}

/// A kind of file.
struct Reader {
  const char* name;                                                      ///< for messages
  bool (*begins)(const fs::path& path, const std::string& first_bytes);  ///< tells the kind
  Weights (*read)(const fs::path& path, const fs::path& class_map, MaybeActivation activation);
};
constexpr std::size_t kFirstBytes = 8;
const Reader kReaders[] = {
    {"a Keras HDF5 file",
     [](const fs::path&, const std::string& first) { return first == std::string("\x89HDF\r\n\x1a\n", 8); },
     read_any_keras},
    {"a TFLite file",
     [](const fs::path&, const std::string& first) { return first.size() == 8 && first.compare(4, 4, "TFL3") == 0; },
     read_self_described<read_tflite>},
    {"a safetensors file", [](const fs::path& path, const std::string&) { return is_safetensors(path); },
     read_self_described<read_safetensors>}};

/// Throws DataError when no reader knows the file.
const Reader& reader_of(const fs::path& path) {
  if (!fs::exists(path)) throw DataError(path.string() + ": no such file");
  if (!fs::is_regular_file(path)) throw DataError(path.string() + ": not a regular file");
  std::ifstream in(path, std::ios::binary);
  std::string start(kFirstBytes, '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (!in.is_open() || in.bad()) throw DataError("cannot read " + path.string() + ": " + std::strerror(errno));
  start.resize(static_cast<std::size_t>(in.gcount()));
  std::string names;
  for (const auto& reader : kReaders) {
    if (reader.begins(path, start)) return reader;
    names += std::string(names.empty() ? "neither " : " nor ") + reader.name;
  }
  throw DataError(path.string() + ": " + names +
                  " (by its first bytes); give yamnet.h5, YAMNet's .tflite classification file or one that importer "
                  "wrote");
}

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

Weights read_any_keras(const fs::path& path, const fs::path& class_map, MaybeActivation activation) {
  Weights weights = read_keras_h5(path, activation.value_or(network::Activation::relu), class_map);
  if (!activation && batch_norms_are_folded(weights)) weights.network.activation = network::Activation::relu6;
  return weights;
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
  return reader_of(path).read(path, class_map, activation);
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
