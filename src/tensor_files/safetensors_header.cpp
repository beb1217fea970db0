// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"
#include "tensor_files/safetensors.h"
#include "text/json_depth.h"
#include "text/text.h"

#include <algorithm>
#include <utility>

namespace soundfold::tensor_files {

void SafetensorsReader::check_texts() const {
  const auto texts = json_.find(kTexts);
  if (texts == json_.end() || !texts->is_object()) fail(kTexts, "missing");
  for (const auto& [key, value] : texts->items()) {
    if (!value.is_string()) fail(std::string(kTexts) + " " + key, "not a string");
  }
}

void SafetensorsReader::check_format(const std::string& format, const std::vector<std::string>& versions) const {
  if (text("format") != format) fail("format", "'" + text("format") + "', expected '" + format + "'");
  if (std::find(versions.begin(), versions.end(), text("format_version")) == versions.end()) {
    throw DataError(name_ + ": format_version '" + text("format_version") + "', this program knows " +
                    join(versions, " and ") + "; use a newer Soundfold");
  }
}

bool SafetensorsReader::has_text(const std::string& key) const {
  return json_.at(kTexts).contains(key);
}

const std::string& SafetensorsReader::text(const std::string& key) const {
  const auto& texts = json_.at(kTexts);
  if (!texts.contains(key)) fail(std::string(kTexts) + " " + key, "missing");
  return texts.at(key).get_ref<const std::string&>();
}

std::vector<std::string> SafetensorsReader::names(const std::string& key, std::int64_t count) const {
  const Json list = nested_deeper_than(text(key)) ? Json() : Json::parse(text(key), nullptr, false);
  if (!list.is_array() || static_cast<std::int64_t>(list.size()) != count) {
    fail(key, "not a list of " + std::to_string(count) + " names");
  }
  std::vector<std::string> names;
  for (const auto& name : list) {
    if (!name.is_string() || name.get_ref<const std::string&>().empty()) fail(key, "an entry is not a string");
    names.push_back(name.get<std::string>());
  }
  return names;
}

void SafetensorsReader::check_entries(const std::vector<Entry>& entries) const {
  for (const auto& [key, value] : json_.items()) {
    const auto of_name = [&name = key](const Entry& entry) { return entry.name == name; };
    const auto entry = std::find_if(entries.begin(), entries.end(), of_name);
    if (key == kTexts) continue;
    if (entry == entries.end()) fail(key, "not one of its tensors");
    check_entry(*entry);
  }
  for (const auto& entry : entries) {
    if (!json_.contains(entry.name)) fail(entry.name, "missing");
  }
}

std::vector<std::string> SafetensorsReader::names_by_place() const {
  std::vector<std::pair<std::uint64_t, std::string>> places;
  for (const auto& [key, value] : json_.items()) {
    if (key != kTexts) places.emplace_back(value.at("data_offsets").at(0).get<std::uint64_t>(), key);
  }
  std::sort(places.begin(), places.end());
  std::vector<std::string> names;
  for (auto& place : places) names.push_back(std::move(place.second));
  return names;
}

void SafetensorsReader::check_entry(const Entry& entry) const {
  const auto& [name, expected] = entry;
  const auto& json = json_.at(name);
  if (!json.is_object() || json.size() != 3) fail(name, "expected dtype, shape and data_offsets");
  const auto type = json.find("dtype");
  if (type == json.end() || !type->is_string() || type->get_ref<const std::string&>() != name_of(expected)) {
    fail(name + " dtype", "not " + name_of(expected));
  }
  if (count_of_numbers(name, json, "shape") > 4) fail(name + " shape", "more than four dimensions");
  if (count_of_numbers(name, json, "data_offsets") != 2) fail(name + " data_offsets", "not two numbers");
}

std::size_t SafetensorsReader::count_of_numbers(const std::string& name, const Json& entry, const char* key) const {
  const auto list = entry.find(key);
  if (list == entry.end() || !list->is_array()) fail(name + " " + key, "not a list of numbers");
  for (const auto& number : *list) {
    if (!number.is_number_unsigned()) fail(name + " " + key, "not a list of whole numbers from 0 up");
  }
  return list->size();
}

std::int64_t SafetensorsReader::dimension(const std::string& name, std::size_t position, std::int64_t most) const {
  const auto& shape = json_.at(name).at("shape");
  const std::uint64_t size = position < shape.size() ? shape.at(position).get<std::uint64_t>() : 0;
  if (size < 1 || size > static_cast<std::uint64_t>(most)) {
    fail(name + " shape", "dimension " + std::to_string(position) + " is " + std::to_string(size) +
                              ", allowed are 1 to " + std::to_string(most));
  }
  return static_cast<std::int64_t>(size);
}

std::uint64_t SafetensorsReader::length(const std::string& name) const {
  const auto& shape = json_.at(name).at("shape");
  return shape.size() == 1 ? shape.at(0).get<std::uint64_t>() : 0;
}

}  // namespace soundfold::tensor_files
