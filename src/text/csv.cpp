// SPDX-License-Identifier: Apache-2.0
#include "text/csv.h"

#include "support/errors.h"
#include "support/files.h"
#include "text/internal/csv_text.h"
#include "text/text.h"

#include <csv.h>

#include <charconv>
#include <cmath>
#include <exception>
#include <memory>
#include <string_view>

namespace soundfold {
namespace {

constexpr std::uintmax_t kMaxBytes = 256'000'000;
/// A damaged or hostile file may be nothing but commas or line breaks, and a field takes many times the room of either.
constexpr std::size_t kMaxColumns = 1000;
/// So much is parsed before the limits are looked at again.
constexpr std::size_t kBlockBytes = std::size_t{1} << 16;

/// What libcsv's callbacks fill. An exception must not pass through C code: it is kept, and nothing is taken after it.
struct Rows {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> current;
  std::size_t fields_left = 0;
  std::exception_ptr failure;

  template <typename Body>
  void guarded(const Body& body) noexcept {
    if (failure) return;
    try {
      body();
    } catch (...) {
      failure = std::current_exception();
    }
  }
};

extern "C" void on_field(void* text, std::size_t count, void* data) {
  auto& rows = *static_cast<Rows*>(data);
  rows.guarded([&] {
    if (rows.current.size() >= kMaxColumns) {
      throw DataError("a row has more than " + std::to_string(kMaxColumns) + " fields; not a list of clips");
    }
    if (rows.fields_left == 0) throw DataError("too many fields for one list; split it");
    --rows.fields_left;
    rows.current.emplace_back(text == nullptr ? "" : static_cast<const char*>(text), count);
  });
}

extern "C" void on_row(int, void* data) {
  auto& rows = *static_cast<Rows*>(data);
  rows.guarded([&] {
    rows.rows.push_back(std::move(rows.current));
    rows.current.clear();
  });
}

/// Throws what the callbacks kept, with the file's name before a message of ours.
void rethrow(const Rows& parsed, const std::string& name) {
  if (!parsed.failure) return;
  try {
    std::rethrow_exception(parsed.failure);
  } catch (const DataError& error) {
    throw DataError(name + ": " + error.what());
  }
}

std::vector<std::vector<std::string>> parse_rows(const std::string& whole, const std::string& name,
                                                 std::size_t max_fields) {
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::bad_alloc();
  const std::unique_ptr<csv_parser, decltype(&csv_free)> closer(&parser, csv_free);
  csv_set_delim(&parser, static_cast<unsigned char>(csv_separator(whole, name)));
  Rows parsed;
  parsed.fields_left = max_fields;
  std::string_view text = whole;
  bool valid = true;
  while (valid && !text.empty()) {
    const std::string_view block = text.substr(0, kBlockBytes);
    valid = csv_parse(&parser, block.data(), block.size(), on_field, on_row, &parsed) == block.size();
    rethrow(parsed, name);
    text.remove_prefix(block.size());
  }
  valid = valid && csv_fini(&parser, on_field, on_row, &parsed) == 0;
  rethrow(parsed, name);
  if (!valid) {
    throw DataError(name + ", row " + std::to_string(parsed.rows.size() + 1) + ": not valid CSV (" +
                    csv_strerror(csv_error(&parser)) + ")");
  }
  return std::move(parsed.rows);
}

}  // namespace

CsvTable CsvTable::read(const std::filesystem::path& path) {
  return parse(read_file(path, kMaxBytes), path.string());
}

CsvTable CsvTable::parse(const std::string& bytes, const std::string& name, std::size_t max_fields) {
  auto rows = parse_rows(csv_as_utf8(bytes, name), name, max_fields);
  if (rows.empty()) throw DataError(name + ": empty; a header line and rows are expected");

  CsvTable table;
  table.name_ = name;
  table.header_ = std::move(rows.front());
  rows.erase(rows.begin());
  for (std::size_t i = 0; i < table.header_.size(); ++i) {
    if (!table.columns_.emplace(table.header_[i], i).second) {
      throw DataError(name + ": the column '" + shown(table.header_[i]) + "' appears twice in the header");
    }
  }
  table.rows_ = std::move(rows);
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
    throw DataError(name_ + ": no column '" + column + "' (it has: " + shown(join(header_)) + ")");
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

double CsvTable::number_at(std::size_t row, const std::string& column) const {
  const std::string& text = at(row, column);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    throw DataError(where(row) + ", column '" + column + "': '" + shown(text) + "' is not a number");
  }
  return value;
}

std::string CsvTable::where(std::size_t row) const {
  return name_ + ", row " + std::to_string(row + 2);
}

std::string csv_field(const std::string& text) {
  // Without quotes, libcsv takes spaces and tabs at both ends for padding.
  const auto is_padding = [](char c) { return c == ' ' || c == '\t'; };
  const bool padded = !text.empty() && (is_padding(text.front()) || is_padding(text.back()));
  if (!padded && text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace soundfold
