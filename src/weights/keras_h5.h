// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <cstddef>
#include <filesystem>
#include <string>

namespace soundfold::weights {

/// Reads Google's weights-only Keras file (yamnet.h5): exactly 110 float32 datasets with exact shapes, nested as
/// `layer/.../name:0` at the top or below `model_weights/<model>/`. Throws DataError naming the dataset at fault.
/// The file does not say its activation; `activation` does. Class names come from the class map CSV.
Weights read_keras_h5(const std::filesystem::path& path, network::Activation activation,
                      const std::filesystem::path& class_map);

/// How many of a network's tensors are the published ones, value for value.
struct PublishedCount {
  std::size_t published = 0;
  std::size_t total = 0;
  std::string first_other;  ///< name of the first that is not; empty when all are
};
/// Of a Keras HDF5 file that read_keras_h5() accepts. Throws DataError as that does.
PublishedCount count_published_tensors(const std::filesystem::path& keras_file);

}  // namespace soundfold::weights
