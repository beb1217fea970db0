// SPDX-License-Identifier: Apache-2.0
#include "weights/importing.h"

#include "support/errors.h"
#include "support/hashing.h"
#include "weights/safetensors.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

namespace soundfold::weights {
namespace fs = std::filesystem;

WeightsFormat weights_format(const fs::path& path) {
  if (!fs::exists(path)) throw DataError(path.string() + ": no such file");
  if (!fs::is_regular_file(path)) throw DataError(path.string() + ": not a regular file");
  std::ifstream in(path, std::ios::binary);
  std::string start(8, '\0');
  in.read(start.data(), 8);
  if (!in.is_open() || in.bad()) throw DataError("cannot read " + path.string() + ": " + std::strerror(errno));
  start.resize(static_cast<std::size_t>(in.gcount()));
  if (start == std::string("\x89HDF\r\n\x1a\n", 8)) return WeightsFormat::keras_h5;
  if (start.size() == 8 && start.compare(4, 4, "TFL3") == 0) return WeightsFormat::tflite;
  if (is_safetensors(path)) return WeightsFormat::safetensors;
  throw DataError(path.string() +
                  ": neither a Keras HDF5 file nor a TFLite file nor a safetensors file (by its first bytes); give " +
                  "yamnet.h5, YAMNet's .tflite classification file or one that importer wrote");
}

std::string describe_source(const fs::path& path) {
  const std::string kind = weights_format(path) == WeightsFormat::keras_h5 ? "Keras HDF5" : "TFLite int8";
  return path.filename().string() + " (" + kind + ", sha256 " + hash_file(HashKind::sha256, path) + ")";
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

void check_finite(const std::vector<float>& values, const std::string& where) {
  const auto bad = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (bad == values.end()) return;
  throw DataError(where + ": value " + std::to_string(bad - values.begin()) + " is not a finite number");
}

}  // namespace soundfold::weights
