// SPDX-License-Identifier: Apache-2.0
#include "text/table.h"

#include <utf8proc.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace soundfold {
namespace {

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool has_number(const std::string& line) {
  static const std::regex number("(^|[\\s(])[-+]?[0-9]");
  return std::regex_search(line, number);
}

/// A row of words above a row with numbers.
bool heads_table(const std::string& line, const std::string& next) {
  return !line.empty() && !next.empty() && !has_number(line) && has_number(next);
}

std::string with_counts(const std::string& line, const Colours& colours) {
  static const std::regex counts("[0-9]+\\.[0-9]+ % \\(([0-9]+)/([0-9]+)\\)");
  std::string text;
  auto rest = line.cbegin();
  for (std::sregex_iterator found(line.begin(), line.end(), counts), end; found != end; ++found) {
    text.append(rest, (*found)[0].first);
    text += (*found)[1] == (*found)[2] ? colours.good(found->str()) : colours.heading(found->str());
    rest = (*found)[0].second;
  }
  return text.append(rest, line.cend());
}

std::string emphasised_line(const std::string& line, const std::string& next, const Colours& colours) {
  static const std::regex warning(" *warning\\b.*");
  static const std::regex named("(  )([a-z][a-z ]*[a-z])(  +.*| +[0-9].*)");
  if (std::regex_match(line, warning)) return colours.warning(line);
  std::smatch parts;
  if (std::regex_match(line, parts, named)) {
    return parts[1].str() + colours.name(parts[2].str()) + with_counts(parts[3].str(), colours);
  }
  return heads_table(line, next) ? colours.heading(line) : with_counts(line, colours);
}

}  // namespace

std::string Colours::marked(const char* code, const std::string& text) const {
  return wanted_ && !text.empty() ? std::string("\033[") + code + "m" + text + "\033[m" : text;
}

std::string Colours::heading(const std::string& text) const {
  return marked("1", text);
}

std::string Colours::name(const std::string& text) const {
  return marked("36", text);
}

std::string Colours::good(const std::string& text) const {
  return marked("1;32", text);
}

std::string Colours::warning(const std::string& text) const {
  return marked("33", text);
}

std::size_t text_width(const std::string& text) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  std::size_t width = 0;
  for (utf8proc_ssize_t at = 0; at < size;) {
    utf8proc_int32_t character = 0;
    const auto read = utf8proc_iterate(bytes + at, size - at, &character);
    width += read > 0 ? static_cast<std::size_t>(std::max(0, utf8proc_charwidth(character))) : 1;
    at += std::max<utf8proc_ssize_t>(1, read);
  }
  return width;
}

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {
  std::vector<std::string> headings;
  for (const auto& column : columns_) headings.push_back(column.heading);
  rows_.push_back(std::move(headings));
}

void TextTable::add(std::vector<std::string> cells) {
  if (cells.size() != columns_.size()) throw std::invalid_argument("a row of a table has another number of cells");
  rows_.push_back(std::move(cells));
}

std::string TextTable::text(const Colours& colours) const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], text_width(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - text_width(row[i]), ' ');
      line += (i == 0 ? "" : "  ") + (columns_[i].align == Align::right ? blanks + row[i] : row[i] + blanks);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += (&row == &rows_.front() ? colours.heading(line) : line) + "\n";
  }
  return text;
}

std::string emphasised(const std::string& summary, const Colours& colours) {
  if (!colours.wanted()) return summary;
  const auto lines = split_lines(summary);
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += emphasised_line(lines[i], i + 1 < lines.size() ? lines[i + 1] : "", colours) + "\n";
  }
  return text;
}

}  // namespace soundfold
