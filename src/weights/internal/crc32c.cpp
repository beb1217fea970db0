// SPDX-License-Identifier: Apache-2.0
#include "weights/internal/crc32c.h"

#include <array>

namespace soundfold::weights {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // 0x1EDC6F41, lowest bit first

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? kPolynomial : 0);
    table[byte] = rest;
  }
  return table;
}

constexpr auto kTable = make_table();

}  // namespace

std::uint32_t crc32c(const void* bytes, std::size_t count) {
  const auto* const start = static_cast<const unsigned char*>(bytes);
  std::uint32_t crc = ~std::uint32_t{0};
  for (std::size_t i = 0; i < count; ++i) crc = (crc >> 8) ^ kTable[(crc ^ start[i]) & 0xFF];
  return ~crc;
}

}  // namespace soundfold::weights
