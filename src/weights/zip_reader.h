// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace soundfold::weights {

/// Reads a zip archive held in memory (bytes before the archive are allowed) and returns the entries whose names
/// `wanted` accepts. Every entry is read to its end, so every checksum (CRC-32) in the archive is verified.
/// `name` stands for the file in messages. Throws DataError: not a zip, truncated, a checksum that does not hold, a
/// wanted entry above `max_entry_bytes`, or parts that unpack to over 256 MB and over 8 times the bytes.
std::map<std::string, std::string> read_zip(std::string_view bytes, const std::string& name,
                                            const std::function<bool(const std::string&)>& wanted,
                                            std::size_t max_entry_bytes);

}  // namespace soundfold::weights
