// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// Event files read back by a walk over records, varints and fields, independent of the code that writes them.
namespace soundfold::testing {

/// The fields of a protobuf message in their order: numbers of fixed size and varints as their bits, the rest as bytes.
struct Field {
  unsigned number = 0;
  unsigned wire_type = 0;
  std::uint64_t bits = 0;
  std::string bytes;

  double as_double() const;
  float as_float() const;
};

/// Throws std::runtime_error for what is no message.
std::vector<Field> fields_of(const std::string& message);

/// The field of that number; throws when it is missing. Numbers one after the other go into nested messages.
Field field_at(const std::string& message, const std::vector<unsigned>& numbers);

/// The data of the records of a file; throws when a length or a checksum does not fit.
std::vector<std::string> records_of(const std::string& file);

/// CRC-32C, bit by bit.
std::uint32_t slow_crc32c(const std::string& bytes);

/// What event files of a folder hold, by tag.
struct Events {
  std::map<std::string, std::map<std::int64_t, float>> scalars;  ///< by tag and step
  std::map<std::string, std::string> texts;
  std::map<std::string, std::string> images;   ///< the PNG
  std::map<std::string, std::string> plugins;  ///< content of the values that have a plugin
  std::vector<std::int64_t> session_starts;    ///< steps
  std::size_t files = 0;
};
Events events_in(const std::filesystem::path& folder);

}  // namespace soundfold::testing
