// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <filesystem>

namespace soundfold::weights {

/// Reads Google's TFLite classification file (int8): dequantised per channel, batch norm folded (beta = bias, mean = 0,
/// variance = 1 - 1e-4), ReLU6, class names from the zip appended to the file, and the file's own int8 arithmetic in
/// `quantization`. Throws DataError when the file is not that network.
Weights read_tflite(const std::filesystem::path& path);

}  // namespace soundfold::weights
