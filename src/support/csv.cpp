// SPDX-License-Identifier: Apache-2.0
#include "support/csv.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/text.h"

#include <csv.h>

#include <charconv>
#include <memory>

namespace soundfold {
namespace {

constexpr std::uintmax_t kMaxBytes = 256'000'000;
/// A damaged or hostile file may be nothing but commas, and a field takes many times the room of a comma.
constexpr std::size_t kMaxColumns = 1000;

struct Rows {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> current;
  bool too_wide = false;
};

extern "C" void on_field(void* text, std::size_t count, void* data) {
  auto& rows = *static_cast<Rows*>(data);
  if (rows.current.size() >= kMaxColumns) {
    rows.too_wide = true;  // exceptions must not cross C code
    return;
  }
  rows.current.emplace_back(text == nullptr ? "" : static_cast<const char*>(text), count);
}

extern "C" void on_row(int, void* data) {
  auto& rows = *static_cast<Rows*>(data);
  rows.rows.push_back(std::move(rows.current));
  rows.current.clear();
}

}  // namespace

CsvTable CsvTable::read(const std::filesystem::path& path) {
  return parse(read_file(path, kMaxBytes), path.string());
}

CsvTable CsvTable::parse(const std::string& text, const std::string& name) {
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::bad_alloc();
  const std::unique_ptr<csv_parser, decltype(&csv_free)> closer(&parser, csv_free);
  Rows parsed;
  const std::size_t skip = text.compare(0, 3, "\xef\xbb\xbf") == 0 ? 3 : 0;
  const std::size_t size = text.size() - skip;
  if (csv_parse(&parser, text.data() + skip, size, on_field, on_row, &parsed) != size ||
      csv_fini(&parser, on_field, on_row, &parsed) != 0) {
    throw DataError(name + ", row " + std::to_string(parsed.rows.size() + 1) + ": not valid CSV (" +
                    csv_strerror(csv_error(&parser)) + ")");
  }
  if (parsed.too_wide) {
    throw DataError(name + ": a row has more than " + std::to_string(kMaxColumns) + " fields; not a list of clips");
  }
  if (parsed.rows.empty()) throw DataError(name + ": empty; a header line and rows are expected");

  CsvTable table;
  table.name_ = name;
  table.header_ = std::move(parsed.rows.front());
  parsed.rows.erase(parsed.rows.begin());
  for (std::size_t i = 0; i < table.header_.size(); ++i) {
    if (!table.columns_.emplace(table.header_[i], i).second) {
      throw DataError(name + ": the column '" + shown(table.header_[i]) + "' stands twice in the header");
    }
  }
  table.rows_ = std::move(parsed.rows);
  for (std::size_t row = 0; row < table.rows_.size(); ++row) {
    if (table.rows_[row].size() != table.header_.size()) {
      throw DataError(table.where(row) + ": " + std::to_string(table.rows_[row].size()) + " fields, the header has " +
                      std::to_string(table.header_.size()));
    }
  }
  return table;
}

const std::string& CsvTable::at(std::size_t row, const std::string& column) const {
  const auto found = columns_.find(column);
  if (found == columns_.end()) {
    std::string known;
    for (const auto& name : header_) known += (known.empty() ? "" : ", ") + name;
    throw DataError(name_ + ": no column '" + column + "' (it has: " + shown(known) + ")");
  }
  return rows_.at(row)[found->second];
}

long long CsvTable::integer_at(std::size_t row, const std::string& column) const {
  const std::string& text = at(row, column);
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw DataError(where(row) + ", column '" + column + "': '" + shown(text) + "' is not a whole number");
  }
  return value;
}

std::string CsvTable::where(std::size_t row) const {
  return name_ + ", row " + std::to_string(row + 2);
}

}  // namespace soundfold
