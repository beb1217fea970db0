// SPDX-License-Identifier: Apache-2.0
#include "weights/weights.h"

#include "support/errors.h"
#include "text/csv.h"
#include "weights/importing.h"
#include "weights/safetensors.h"
#include "weights/tflite.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace soundfold::weights {
namespace fs = std::filesystem;
namespace {

/// A kind of file that says all of itself.
struct Reader {
  const char* name;                                                      ///< for messages
  bool (*begins)(const fs::path& path, const std::string& first_bytes);  ///< tells the kind
  Weights (*read)(const fs::path& path);
};
constexpr std::size_t kFirstBytes = 8;
const Reader kReaders[] = {
    {"a TFLite file",
     [](const fs::path&, const std::string& first) { return first.size() == 8 && first.compare(4, 4, "TFL3") == 0; },
     read_tflite},
    {"a safetensors file", [](const fs::path& path, const std::string&) { return is_safetensors(path); },
     read_safetensors}};

/// Throws DataError for what is missing, no regular file, or cannot be read.
std::string first_bytes_of(const fs::path& path) {
  if (!fs::exists(path)) throw DataError(path.string() + ": no such file");
  if (!fs::is_regular_file(path)) throw DataError(path.string() + ": not a regular file");
  std::ifstream in(path, std::ios::binary);
  std::string start(kFirstBytes, '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (!in.is_open() || in.bad()) throw DataError("cannot read " + path.string() + ": " + std::strerror(errno));
  start.resize(static_cast<std::size_t>(in.gcount()));
  return start;
}

}  // namespace

bool is_keras_h5(const fs::path& path) {
  return first_bytes_of(path) == std::string("\x89HDF\r\n\x1a\n", 8);
}

std::int64_t Weights::parameter_count() const {
  std::size_t count = classifier_kernel.size() + classifier_bias.size();
  for (const auto& layer : layers) {
    count += layer.kernel.size() + layer.beta.size() + layer.mean.size() + layer.variance.size();
  }
  for (const auto& [name, values] : tensors) count += values.size();
  return static_cast<std::int64_t>(count);
}

Weights read_described_weights(const fs::path& path) {
  if (is_keras_h5(path)) {
    throw DataError(path.string() +
                    ": a Keras HDF5 file, which says neither its activation nor its classes; make a file that does: "
                    "importer --from FILE.h5 --class-map CLASSES.csv --out FILE.safetensors");
  }
  const auto start = first_bytes_of(path);
  std::string names = "neither a Keras HDF5 file";
  for (const auto& reader : kReaders) {
    if (reader.begins(path, start)) return reader.read(path);
    names += std::string(" nor ") + reader.name;
  }
  throw DataError(path.string() + ": " + names +
                  " (by its first bytes); give yamnet.h5, YAMNet's .tflite classification file or one that importer "
                  "wrote");
}

std::vector<std::string> read_class_map(const fs::path& path, int count) {
  const CsvTable table = CsvTable::read(path);
  if (table.row_count() != static_cast<std::size_t>(count)) {
    throw DataError(path.string() + ": " + std::to_string(table.row_count()) + " classes, expected " +
                    std::to_string(count));
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
