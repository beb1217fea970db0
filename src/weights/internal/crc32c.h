// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace soundfold::weights {

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), which TensorFlow keeps of every variable. No library that is here
/// already has it.
std::uint32_t crc32c(const void* bytes, std::size_t count);

}  // namespace soundfold::weights
