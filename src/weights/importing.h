// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// "[3, 3, 1, 32]", for messages.
std::string shape_text(const std::vector<std::int64_t>& shape);

/// Bytes of a message of which a damaged or hostile file may have written a part; see shown() in text/text.h.
inline constexpr std::size_t kMaxMessageBytes = 1'000;

/// Throws DataError naming the tensor when a value is not finite.
void check_finite(const std::vector<float>& values, const std::string& where);

}  // namespace soundfold::weights
