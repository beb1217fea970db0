// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

namespace soundfold {

/// A CSV file with a header line, in memory. Quoted fields, CRLF, UTF-8 with or without a byte-order mark, UTF-16 with
/// one, and ',', ';' or tab as the separator are understood.
class CsvTable {
 public:
  /// Reads and checks `path`: every row must have as many fields as the header. Throws DataError naming the file and
  /// row. Refused are files above 256 MB, rows above 1,000 fields and tables above kMaxFields fields.
  static CsvTable read(const std::filesystem::path& path);
  /// The same from text; `name` stands for the file in messages.
  static CsvTable parse(const std::string& text, const std::string& name, std::size_t max_fields = kMaxFields);
  /// A field takes some 50 bytes of memory: a file of nothing but line breaks would take ten times its size and more.
  static constexpr std::size_t kMaxFields = 20'000'000;

  std::size_t row_count() const { return rows_.size(); }
  const std::vector<std::string>& header() const { return header_; }
  bool has_column(const std::string& column) const { return columns_.count(column) != 0; }
  /// Field of a row (0 is the first row after the header). Throws DataError, listing the columns, when there is no such
  /// column.
  const std::string& at(std::size_t row, const std::string& column) const;
  /// The same as an integer; throws DataError naming file, row, column and text when it is not one.
  long long integer_at(std::size_t row, const std::string& column) const;
  /// The same as a number that is finite.
  double number_at(std::size_t row, const std::string& column) const;
  /// "file.csv, row 3" (the header is row 1), for messages.
  std::string where(std::size_t row) const;

 private:
  std::string name_;
  std::vector<std::string> header_;
  std::unordered_map<std::string, std::size_t> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// A table's or list's bytes as UTF-8 without a byte-order mark. UTF-16 of either byte order is known by its mark.
/// Throws DataError, starting with `name`, for UTF-16 without one and for text that breaks off or holds half a
/// surrogate pair.
std::string csv_as_utf8(const std::string& bytes, const std::string& name);

/// `text` as one field of a CSV: in quotes where it holds a comma, a quote or a line break (RFC 4180), or has
/// a space or tab at an end, which would be lost.
std::string csv_field(const std::string& text);

}  // namespace soundfold
