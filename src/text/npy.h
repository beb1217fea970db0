// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold {

/// A little-endian float32 array in C order, as NumPy's .npy files hold it.
struct NpyArray {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// Reads an .npy file (format 1.0 to 3.0, dtype '<f4', C order). Throws DataError naming the file and what is wrong.
/// Format: numpy.lib.format's documentation.
NpyArray read_npy(const std::filesystem::path& path);

/// The bytes of a format 1.0 .npy file.
std::string npy_bytes(const std::vector<std::int64_t>& shape, const float* values);

/// Writes an .npy file atomically. Throws DataError.
void write_npy(const std::filesystem::path& path, const std::vector<std::int64_t>& shape, const float* values);

}  // namespace soundfold
