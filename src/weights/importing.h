// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tensor_files/values.h"
#include "weights/weights.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// What the readers of weight files share.
namespace soundfold::weights {

/// "yamnet.h5 (Keras HDF5, sha256 13c3...)": the `source` text of a weights file of that kind.
std::string describe_source(const std::filesystem::path& path, const std::string& kind);

/// Whether the file begins as HDF5 does. Throws DataError when it is missing or cannot be read.
bool is_keras_h5(const std::filesystem::path& path);

using tensor_files::check_finite;
using tensor_files::kMaxMessageBytes;
using tensor_files::shape_text;

}  // namespace soundfold::weights
