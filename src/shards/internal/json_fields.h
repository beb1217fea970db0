// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace soundfold::shards {

using Json = nlohmann::ordered_json;

inline constexpr int kFormatVersion = 1;

/// A JSON file and its fields. Every function throws DataError that names the file and the field.
class JsonFields {
 public:
  /// The file must be an object whose "format" is `format` and whose "version" is at most kFormatVersion.
  JsonFields(const std::filesystem::path& file, const std::string& format);

  std::string text(const char* name) const;
  /// From `least` to `most`.
  std::int64_t number(const char* name, std::int64_t least, std::int64_t most) const;
  /// `digits` lower-case hexadecimal digits.
  std::string digest(const char* name, std::size_t digits) const;
  const Json& list(const char* name) const;
  [[noreturn]] void refuse(const std::string& problem) const;

 private:
  const Json& field(const char* name) const;

  std::filesystem::path file_;
  Json value_;
};

/// The beginning of such a file.
Json json_file(const std::string& format);
/// With a line break at its end; bytes that are not UTF-8 are replaced.
std::string json_text(const Json& value);

}  // namespace soundfold::shards
