// SPDX-License-Identifier: Apache-2.0
#include "text/ranges.h"

#include "support/errors.h"

#include <cstddef>
#include <cstdint>
#include <regex>

namespace soundfold {
namespace {

constexpr std::size_t kMostNames = 1'000'000;

std::string padded(std::uint64_t number, std::size_t digits) {
  std::string text = std::to_string(number);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

}  // namespace

std::vector<std::string> expanded_ranges(const std::string& text) {
  static const std::regex range(R"(\{(\d{1,9})\.\.(\d{1,9})\})");
  std::vector<std::string> names = {""};
  auto rest = text.cbegin();
  for (std::smatch found; std::regex_search(rest, text.cend(), found, range); rest = found[0].second) {
    const std::string before = found.prefix();
    const std::uint64_t first = std::stoull(found[1]), last = std::stoull(found[2]);
    if (last < first) throw UsageError(text + ": the range " + found[0].str() + " runs backwards");
    if ((last - first + 1) * names.size() > kMostNames) {
      throw UsageError(text + ": names more than a million files; give several ranges, or a list");
    }
    std::vector<std::string> longer;
    for (const auto& name : names) {
      for (auto number = first; number <= last; ++number) {
        longer.push_back(name + before + padded(number, static_cast<std::size_t>(found[1].length())));
      }
    }
    names = std::move(longer);
  }
  for (auto& name : names) name.append(rest, text.cend());
  return names;
}

}  // namespace soundfold
