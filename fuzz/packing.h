// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Weight files are megabytes of numbers, which mean nothing to a reader, around a few kilobytes of structure, which is
/// what should be mutated. Packed, a run of equal 4-byte words takes 8 bytes: 0xA7, the number of words (3 bytes,
/// little-endian), the word. A byte 0xA7 of its own is 0xA7 and three zeros.
namespace soundfold::fuzz {

/// Any bytes unpack to something: what is truncated at the end is taken as it is. Stops at `most_bytes`.
std::string unpacked(std::string_view bytes, std::size_t most_bytes);

/// unpacked(packed(bytes)) == bytes.
std::string packed(std::string_view bytes);

}  // namespace soundfold::fuzz
