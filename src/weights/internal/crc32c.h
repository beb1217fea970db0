// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace soundfold::weights {

/// The CRC of each byte; the polynomial is 0x1EDC6F41, lowest bit first.
constexpr std::array<std::uint32_t, 256> crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0x82F63B78U : 0U);
    table[byte] = rest;
  }
  return table;
}

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), which TensorFlow keeps of every variable. No library that is here
/// already has it.
inline std::uint32_t crc32c(const void* bytes, std::size_t count) {
  static constexpr auto table = crc32c_table();
  const auto* const start = static_cast<const unsigned char*>(bytes);
  std::uint32_t crc = ~std::uint32_t{0};
  for (std::size_t i = 0; i < count; ++i) crc = (crc >> 8) ^ table[(crc ^ start[i]) & 0xFF];
  return ~crc;
}

}  // namespace soundfold::weights
