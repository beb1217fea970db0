// SPDX-License-Identifier: Apache-2.0
#include "testing/markup.h"

#include <algorithm>
#include <set>
#include <vector>

namespace soundfold::testing {
namespace {

/// The fault of what stands between < and >, behind the name.
std::string attributes_fault(const std::string& text) {
  std::set<std::string> seen;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(' ', at)) != std::string::npos) {
    const auto equals = text.find("=\"", at);
    if (equals == std::string::npos) return "attributes: " + text.substr(at, 80);
    const auto name = text.substr(at, equals - at);
    const auto end = text.find('"', equals + 2);
    if (end == std::string::npos || name.find_first_of(" <>\"'&") != std::string::npos) return "attribute: " + name;
    if (text.find('<', equals) < end) return "a < in " + name;
    if (!seen.insert(name).second) return "twice: " + name;
    if (end + 1 < text.size() && text[end + 1] != ' ') return "no space behind " + name;
    at = end + 1;
  }
  return "";
}

std::string text_fault(const std::string& text) {
  for (auto at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1)) {
    bool known = false;
    for (const char* entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
      known = known || text.compare(at, std::string(entity).size(), entity) == 0;
    }
    if (!known) return "bare &: " + text.substr(at, 80);
  }
  return "";
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
    if (auto fault = text_fault(tag); !fault.empty()) return fault;
    if (auto fault = attributes_fault(tag.substr(name_end)); !fault.empty()) return fault;
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
