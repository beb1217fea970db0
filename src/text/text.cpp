// SPDX-License-Identifier: Apache-2.0
#include "text/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <numeric>

namespace soundfold {
namespace {

/// Edits (insert, delete, replace, swap two neighbours) that turn `a` into `b`: the optimal string alignment distance.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_name(const std::string& given, const std::vector<std::string>& known) {
  const std::string wanted = lower_case(given);
  std::string nearest;
  std::size_t smallest = 0;
  for (const auto& name : known) {
    const std::size_t allowed = std::max<std::size_t>(1, std::max(given.size(), name.size()) / 3);
    // Lengths alone distinguish most names, and a megabyte of text costs nothing.
    if (std::max(given.size(), name.size()) - std::min(given.size(), name.size()) > allowed) continue;
    const std::size_t distance = edit_distance(wanted, lower_case(name));
    if (given.empty() || name.empty() || distance > allowed || distance >= std::min(given.size(), name.size()))
      continue;
    if (nearest.empty() || distance < smallest) {
      nearest = name;
      smallest = distance;
    }
  }
  return nearest;
}

std::string shown(const std::string& text, std::size_t most_bytes) {
  constexpr const char* kCut = "...";
  std::string line = text.substr(0, most_bytes);
  if (line.size() < text.size()) {
    line.resize(most_bytes - std::char_traits<char>::length(kCut));
    const auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    // A character of more than one byte is kept whole or not at all.
    if (is_continuation(text[line.size()])) {
      while (!line.empty() && is_continuation(line.back())) line.pop_back();
      if (!line.empty()) line.pop_back();
    }
    line += kCut;
  }
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return line;
}

std::string one_line(const std::string& text) {
  std::string line;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t character = 0;
    const auto size = utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(text.size() - at), &character);
    if (size <= 0) {
      line += "\xEF\xBF\xBD";
      ++at;
      continue;
    }
    const auto category = utf8proc_category(character);
    const bool breaks =
        category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
    breaks ? line += ' ' : line.append(text, at, static_cast<std::size_t>(size));
    at += static_cast<std::size_t>(size);
  }
  return line;
}

std::string fixed(double value, int digits) {
  if (std::isnan(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string grouped(std::int64_t count) {
  std::string digits = std::to_string(count);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string lower_case(std::string text) {
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

int plain_number(std::string_view digits, int most) {
  int value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value);
  const bool sign = !digits.empty() && digits.front() == '-';
  return error == std::errc() && stopped == end && !sign && value <= most ? value : -1;
}

bool begins_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string join(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : separator) + parts[i];
  return text;
}

}  // namespace soundfold
