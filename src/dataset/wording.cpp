// SPDX-License-Identifier: Apache-2.0
#include "dataset/wording.h"

#include "text/text.h"

#include <algorithm>

namespace soundfold::dataset {

std::string counted(std::size_t count, const std::string& singular) {
  if (count == 1) return "1 " + singular;
  const auto ends_with = [&](const std::string& end) {
    return singular.size() >= end.size() && singular.compare(singular.size() - end.size(), end.size(), end) == 0;
  };
  const bool sibilant = ends_with("ss") || ends_with("tch");
  return grouped(static_cast<std::int64_t>(count)) + " " + singular + (sibilant ? "es" : "s");
}

std::string in_quotes(const std::string& text) {
  return "'" + shown(text, std::string::npos) + "'";
}

std::string joined(const std::vector<std::string>& items, std::size_t most) {
  std::string text;
  const std::size_t named = std::min(items.size(), most);
  for (std::size_t i = 0; i < named; ++i) text += (i == 0 ? "" : ", ") + shown(items[i]);
  if (items.size() > named) text += " and " + grouped(items.size() - named) + " more";
  return text;
}

std::string number_ranges(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t first = 0; first < numbers.size();) {
    std::size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(numbers[first]);
    if (last > first) text += (last == first + 1 ? ", " : "-") + std::to_string(numbers[last]);
    first = last + 1;
  }
  return text;
}

std::string named_folds(const std::vector<int>& numbers) {
  return (numbers.size() == 1 ? "fold " : "folds ") + number_ranges(numbers);
}

}  // namespace soundfold::dataset
