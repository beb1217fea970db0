// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace soundfold::weights::testing {

/// One dataset to write.
struct Dataset {
  std::vector<std::uint64_t> shape;
  std::vector<float> values;
  bool as_float64 = false;
};

/// The 110 datasets of a Keras weights file by layer-relative name ("layer1/conv/kernel:0").
std::map<std::string, Dataset> keras_datasets(const Weights& weights);

/// Writes them as HDF5. `full_model` nests as `model_weights/model_2/<name>`, otherwise the layer's path is repeated
/// ("layer1/conv/layer1/conv/kernel:0") as in Google's file.
void write_keras_file(const std::filesystem::path& path, const std::map<std::string, Dataset>& datasets,
                      bool full_model = false);

}  // namespace soundfold::weights::testing
