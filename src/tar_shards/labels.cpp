// SPDX-License-Identifier: Apache-2.0
#include "tar_shards/labels.h"

#include "support/errors.h"
#include "tar_shards/member_names.h"
#include "text/csv.h"
#include "text/json_depth.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace soundfold::tar_shards {
namespace {

constexpr std::size_t kMostLabelBytes = 200;

std::string last_extension(const std::string& name) {
  const auto dot = name.rfind('.');
  return dot == std::string::npos || name.find('/', dot) != std::string::npos ? "" : lower_case(name.substr(dot));
}

std::string checked_label(const std::string& path, const std::string& text) {
  const std::string label = trimmed(text);
  const bool one_line = std::none_of(label.begin(), label.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (!label.empty() && label.size() <= kMostLabelBytes && one_line) return label;
  throw DataError(path + ": is no label (one line of 1 to " + std::to_string(kMostLabelBytes) + " bytes): '" +
                  shown(label, 40) + "'");
}

std::string json_label(const std::string& path, const nlohmann::json& value) {
  if (value.is_number_integer()) return value.dump();
  if (value.is_string()) return checked_label(path, value.get<std::string>());
  throw DataError(path + ": a label is " + shown(value.dump(-1, ' ', true), 40) +
                  ", but must be text or a whole number");
}

std::string label_of_json(const std::string& path, const std::string& bytes) {
  const bool is_deep = nested_deeper_than(bytes);
  const auto json = nlohmann::json::parse(is_deep ? "" : bytes, nullptr, false);
  if (json.is_discarded()) throw DataError(path + ": is no JSON, or very deep");
  if (json.is_object() && json.contains("label")) return json_label(path, json["label"]);
  if (!json.is_object() || !json.contains("labels") || !json["labels"].is_array()) {
    throw DataError(path + R"(: has neither "label" (text or a whole number) nor "labels" (a list of these))");
  }
  std::vector<std::string> labels;
  for (const auto& value : json["labels"]) {
    labels.push_back(json_label(path, value));
    if (labels.back().find('|') == std::string::npos) continue;
    throw DataError(path + ": the label '" + shown(labels.back(), 40) +
                    "' of a list holds a '|', which would make several labels of it");
  }
  return join(labels, "|");
}

}  // namespace

bool is_label_member(const std::string& name) {
  const std::string extension = last_extension(name);
  return extension == ".cls" || extension == ".txt" || extension == ".json";
}

std::string label_in(const std::string& path, const std::string& bytes) {
  return last_extension(path) == ".json" ? label_of_json(path, bytes) : checked_label(path, bytes);
}

std::string label_folder(const std::string& tar) {
  return tar.substr(tar.rfind('/') + 1);
}

void TarLabels::add_label(const std::string& member, const std::string& bytes) {
  const std::string path = shown(tar_ + "/" + member, std::string::npos);
  const std::string label = label_in(path, bytes);
  const auto [known, is_new] = label_of_.emplace(member_stem(member), label);
  if (is_new || known->second == label) return;
  throw DataError(path + ": says '" + shown(label, 40) + "', and another member of its example '" +
                  shown(known->second, 40) + "'");
}

std::string TarLabels::csv_lines() const {
  const std::string folder = label_folder(tar_);
  std::string lines;
  for (const auto& sound : sounds_) {
    const auto found = label_of_.find(member_stem(sound));
    lines += csv_field(folder + "/" + sound) + "," + (found == label_of_.end() ? "" : csv_field(found->second)) + "\n";
  }
  return lines;
}

std::int64_t TarLabels::without_label() const {
  return std::count_if(sounds_.begin(), sounds_.end(), [this](const auto& sound) {
    const auto found = label_of_.find(member_stem(sound));
    return found == label_of_.end() || found->second.empty();
  });
}

}  // namespace soundfold::tar_shards
