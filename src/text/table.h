// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold {

/// Emphasis of text for people on a terminal. Without colours every function returns its text as it is, so that scripts
/// and tests see the plain text.
class Colours {
 public:
  Colours() = default;
  /// `wanted`: see colours_wanted() in support/logging.h.
  explicit Colours(bool wanted) : wanted_(wanted) {}
  bool wanted() const { return wanted_; }
  std::string heading(const std::string& text) const;  ///< bold
  std::string name(const std::string& text) const;     ///< cyan
  std::string good(const std::string& text) const;     ///< green
  std::string warning(const std::string& text) const;  ///< yellow

 private:
  std::string marked(const char* code, const std::string& text) const;
  bool wanted_ = false;
};

/// Columns of a terminal that UTF-8 text takes; bytes that are not UTF-8 count as one each.
std::size_t text_width(const std::string& text);

/// A table of text: a row of headings, then rows, two blanks between columns.
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string heading;
    Align align = Align::left;
  };
  explicit TextTable(std::vector<Column> columns);

  /// Throws std::invalid_argument unless there is one cell for each column.
  void add(std::vector<std::string> cells);
  /// Every line ends with a line break; none ends with blanks.
  std::string text(const Colours& colours = {}) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// A summary as the programs print it, with emphasis: headings of tables, the names of "  name  value" lines, counts
/// such as "100.00 % (16/16)" (green when all are right), and lines of warnings. Without colours the same text.
std::string emphasised(const std::string& summary, const Colours& colours);

}  // namespace soundfold
