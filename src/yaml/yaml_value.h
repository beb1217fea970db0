// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Values as YAML flow text, written so that reading them back gives the same value.
namespace soundfold {

std::string yaml_text(bool value);
std::string yaml_text(std::int64_t value);
/// The shortest decimal text that reads back to the same double.
std::string yaml_text(double value);
/// 1000000 where yaml_text writes 1e+06, for messages.
std::string readable_text(double value);
/// Plain when it can be, double-quoted otherwise.
std::string yaml_text(const std::string& value);
/// [1, 2]
template <typename Value>
std::string yaml_text(const std::vector<Value>& values) {
  std::string text = "[";
  for (const auto& value : values) text += (text.size() > 1 ? ", " : "") + yaml_text(value);
  return text + "]";
}

/// A map in the order given, {dog: [Dog, Bark], rain: [Rain]}; an empty one as [], as it was while these were lists:
/// fingerprints hold it.
std::string yaml_text(const std::vector<std::pair<std::string, std::vector<std::string>>>& lists);

}  // namespace soundfold
