// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace soundfold::weights {

/// A weight file as Google publishes it; data/assets.yaml says where.
struct PublishedFile {
  const char* name;
  const char* sha256;
};

inline constexpr std::array<PublishedFile, 2> kPublishedFiles = {{
    {"yamnet.h5", "13c3308955bbfaef262f175ac9c40e47b134573a93984f009220dd7cc12a1744"},
    {"the TFLite classification file", "10c95ea3eb9a7bb4cb8bddf6feb023250381008177ac162ce169694d05c317de"},
}};

/// Whether `source` (Weights::source, which carries the sha256 of the file that was imported) is of a published file.
bool is_published(const std::string& source);

/// One variable of Google's float YAMNet, as `yamnet.h5` holds it.
struct PublishedTensor {
  const char* name;                   ///< in its layer: "layer1/conv/kernel:0"
  std::array<std::int64_t, 4> shape;  ///< unused extents are 0
  std::uint32_t crc32c;               ///< of its float32 values, little-endian, in the file's order
};
const std::array<PublishedTensor, 110>& published_float_tensors();

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), which TensorFlow keeps of every variable. No library that is here
/// already has it.
std::uint32_t crc32c(const void* bytes, std::size_t count);

}  // namespace soundfold::weights
