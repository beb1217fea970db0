// SPDX-License-Identifier: Apache-2.0
#include "weights/weights.h"

#include "support/errors.h"
#include "text/csv.h"
#include "weights/importing.h"
#include "weights/safetensors.h"
#include "weights/tflite.h"

namespace soundfold::weights {
namespace fs = std::filesystem;

std::int64_t Weights::parameter_count() const {
  std::size_t count = classifier_kernel.size() + classifier_bias.size();
  for (const auto& layer : layers) {
    count += layer.kernel.size() + layer.beta.size() + layer.mean.size() + layer.variance.size();
  }
  return static_cast<std::int64_t>(count);
}

Weights read_described_weights(const fs::path& path) {
  switch (weights_format(path)) {
    case WeightsFormat::tflite:
      return read_tflite(path);
    case WeightsFormat::safetensors:
      return read_safetensors(path);
    case WeightsFormat::keras_h5:
      break;
  }
  throw DataError(path.string() +
                  ": a Keras HDF5 file, which says neither its activation nor its classes; make a file that does: "
                  "importer --from FILE.h5 --class-map CLASSES.csv --out FILE.safetensors");
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
