// SPDX-License-Identifier: Apache-2.0
#include "shards/internal/json_fields.h"

#include "support/errors.h"
#include "support/files.h"
#include "text/json_depth.h"

#include <limits>

namespace soundfold::shards {
namespace {

constexpr std::uintmax_t kMostFileBytes = std::uintmax_t{1} << 30;  // a manifest names every bad clip

Json parsed(const std::string& text) {
  return nested_deeper_than(text) ? Json(Json::value_t::discarded) : Json::parse(text, nullptr, false);
}

}  // namespace

JsonFields::JsonFields(const std::filesystem::path& file, const std::string& format)
    : file_(file), value_(parsed(read_file(file, kMostFileBytes))) {
  if (!value_.is_object()) refuse("is damaged: it is not a JSON object");
  if (text("format") != format) refuse("is not a file of the format '" + format + "'");
  const auto version = number("version", 1, std::numeric_limits<std::int32_t>::max());
  if (version > kFormatVersion) {
    refuse("has version " + std::to_string(version) + ", and this program reads up to " +
           std::to_string(kFormatVersion) + "; use a newer Soundfold");
  }
}

void JsonFields::refuse(const std::string& problem) const {
  throw DataError(file_.string() + ": " + problem);
}

const Json& JsonFields::field(const char* name) const {
  const auto found = value_.find(name);
  if (found == value_.end()) refuse(std::string("is damaged: it has no '") + name + "'");
  return *found;
}

std::string JsonFields::text(const char* name) const {
  const Json& value = field(name);
  if (!value.is_string()) refuse(std::string("is damaged: '") + name + "' is no text");
  return value.get<std::string>();
}

std::int64_t JsonFields::number(const char* name, std::int64_t least, std::int64_t most) const {
  const Json& value = field(name);
  const auto number = value.is_number_integer() ? value.get<std::int64_t>() : least - 1;
  if (number < least || number > most) {
    refuse(std::string("is damaged: '") + name + "' is no whole number from " + std::to_string(least) + " to " +
           std::to_string(most));
  }
  return number;
}

std::string JsonFields::digest(const char* name, std::size_t digits) const {
  std::string value = text(name);
  if (value.size() != digits || value.find_first_not_of("0123456789abcdef") != std::string::npos) {
    refuse(std::string("is damaged: '") + name + "' is no digest of " + std::to_string(digits) + " digits");
  }
  return value;
}

const Json& JsonFields::list(const char* name) const {
  const Json& value = field(name);
  if (!value.is_array()) refuse(std::string("is damaged: '") + name + "' is no list");
  return value;
}

Json json_file(const std::string& format) {
  return {{"format", format}, {"version", kFormatVersion}};
}

std::string json_text(const Json& value) {
  return value.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace soundfold::shards
