// SPDX-License-Identifier: Apache-2.0
#include "report/markup.h"

#include <algorithm>
#include <regex>
#include <set>
#include <vector>

namespace soundfold::testing {
namespace {

/// The fault of what stands between < and >, behind the name.
std::string attributes_fault(std::string text) {
  static const std::regex attribute(R"rx(^\s+([A-Za-z][A-Za-z0-9:-]*)="([^"<]*)")rx");
  std::set<std::string> seen;
  std::smatch match;
  while (std::regex_search(text, match, attribute)) {
    if (!seen.insert(match[1]).second) return "twice: " + match[1].str();
    text = match.suffix();
  }
  return text.find_first_not_of(" ") == std::string::npos ? "" : "attributes: " + text.substr(0, 80);
}

std::string text_fault(const std::string& text) {
  static const std::regex bare("&(?!(amp|lt|gt|quot|#39);)");
  return std::regex_search(text, bare) ? "bare &: " + text.substr(0, 80) : "";
}

}  // namespace

std::string xml_fault(const std::string& xml) {
  std::vector<std::string> open;
  std::size_t at = 0;
  while (at < xml.size()) {
    const auto begin = xml.find('<', at);
    const auto between = xml.substr(at, begin == std::string::npos ? begin : begin - at);
    if (auto fault = text_fault(between); !fault.empty()) return fault;
    if (begin == std::string::npos) break;
    const auto end = xml.find('>', begin);
    if (end == std::string::npos) return "a tag without end";
    std::string tag = xml.substr(begin + 1, end - begin - 1);
    at = end + 1;
    if (tag.empty()) return "an empty tag";
    if (tag.front() == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return "closed: " + tag;
      open.pop_back();
      continue;
    }
    const bool alone = tag.back() == '/';
    if (alone) tag.pop_back();
    const auto name_end = std::min(tag.find(' '), tag.size());
    // Pictures inside are long; a regular expression would go too deep.
    if (tag.size() < 20'000) {
      if (auto fault = attributes_fault(tag.substr(name_end)); !fault.empty()) return fault;
    }
    if (!alone) open.push_back(tag.substr(0, name_end));
  }
  return open.empty() ? "" : "not closed: " + open.back();
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace soundfold::testing
