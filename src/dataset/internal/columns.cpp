// SPDX-License-Identifier: Apache-2.0
#include "dataset/internal/columns.h"

#include "dataset/wording.h"
#include "support/errors.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>
#include <set>

namespace soundfold::dataset {
namespace {

constexpr std::size_t kColumnsInMessage = 20;
constexpr const char* kAsUtf8 = "; convert the file: iconv -f LATIN1 -t UTF-8 OLD.csv > NEW.csv";

using Names = std::vector<std::string>;

/// A column that may be looked for: the first of `usual` comes before the others.
struct Wanted {
  const char* key;           ///< of the configuration
  const std::string& named;  ///< by the user; empty: look for the usual names
  Names usual;
};

std::string shown_columns(const CsvTable& table) {
  return "its columns are: " + joined(table.header(), kColumnsInMessage);
}

void check_header(const CsvTable& table, const std::string& file) {
  try {
    for (const auto& column : table.header()) tidy_name(column);
  } catch (const DataError& error) {
    throw DataError(file + ", row 1: " + error.what() + kAsUtf8);
  }
}

/// The header's columns of this name, in any case.
Names columns_named(const CsvTable& table, const std::string& name) {
  Names found;
  for (const auto& column : table.header()) {
    if (name_key(column) == name_key(name)) found.push_back(column);
  }
  return found;
}

/// Throws for columns named by the user that are not there, all of them at once.
void check_chosen(const CsvTable& table, const std::vector<Wanted>& all, const std::string& file) {
  std::string missing;
  for (const auto& wanted : all) {
    if (wanted.named.empty() || find_name(wanted.named, table.header())) continue;
    const std::string nearest = nearest_name(wanted.named, table.header());
    missing += (missing.empty() ? "" : "; ") + std::string(wanted.key) + ": " + in_quotes(file) + " has no column " +
               in_quotes(wanted.named) + (nearest.empty() ? "" : "; did you mean " + in_quotes(nearest) + "?");
  }
  if (!missing.empty()) throw UsageError(missing + "; " + shown_columns(table));
}

/// The column's name in the CSV; empty when there is none.
std::string find_column(const CsvTable& table, const Wanted& wanted, const std::string& file) {
  if (!wanted.named.empty()) return table.header()[*find_name(wanted.named, table.header())];
  Names found = columns_named(table, wanted.usual.front());
  const bool others_count = found.empty();
  for (std::size_t i = 1; others_count && i < wanted.usual.size(); ++i) {
    for (auto& column : columns_named(table, wanted.usual[i])) found.push_back(std::move(column));
  }
  if (found.size() > 1) {
    throw DataError(file + ": " + joined(found, kColumnsInMessage) +
                    " could each be the column meant; say which with " + wanted.key);
  }
  return found.empty() ? "" : found.front();
}

/// Lower case, without what is in brackets or after a unit: "Begin Time (s)" is "begin_time", "end_s" is "end".
std::string plain_name(const std::string& column) {
  std::string plain = name_key(column.substr(0, column.find('(')));
  for (char& letter : plain) {
    if (letter == ' ' || letter == '-') letter = '_';
  }
  for (const std::string unit : {"_seconds", "_sec", "_ms", "_s"}) {
    const bool ends = plain.size() > unit.size() && plain.compare(plain.size() - unit.size(), unit.size(), unit) == 0;
    if (ends) plain.resize(plain.size() - unit.size());
  }
  return plain;
}

/// What would be trained on otherwise is not what the list says: the whole file, or other splits.
void refuse_unsupported(const Names& unused, const std::string& file) {
  static const std::set<std::string> parts = {"start",     "end",        "begin",      "stop",       "onset",
                                              "offset",    "start_time", "end_time",   "begin_time", "stop_time",
                                              "starttime", "endtime",    "time_start", "time_end"};
  static const std::set<std::string> splits = {"split", "subset"};
  for (const auto& column : unused) {
    const std::string plain = plain_name(column);
    if (parts.count(plain) == 1) {
      throw DataError(file + ": the column " + in_quotes(column) +
                      " says which part of a file is meant, but not in what; call the columns start_s and end_s, with "
                      "seconds in them");
    }
    if (splits.count(plain) == 1) {
      throw DataError(file + ": the column " + in_quotes(column) +
                      " says which split a clip is in, which is not supported yet; write a column 'fold' with numbers "
                      "and name the folds of each split with folds.train, folds.validation and folds.test");
    }
  }
}

bool holds_only_0_and_1(const CsvTable& table, const std::string& column) {
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    const std::string& text = table.at(row, column);
    if (text != "0" && text != "1") return false;
  }
  return table.row_count() > 0;
}

/// Takes the columns that can be classes out of `unused`, when there are `fewest` of them.
void find_one_hot(const CsvTable& table, std::ptrdiff_t fewest, ClipColumns& columns) {
  const auto end = std::stable_partition(columns.unused.begin(), columns.unused.end(),
                                         [&](const auto& column) { return !holds_only_0_and_1(table, column); });
  if (columns.unused.end() - end < fewest) return;
  columns.one_hot.assign(end, columns.unused.end());
  columns.unused.erase(end, columns.unused.end());
}

/// Throws for what no column was found for, all at once: pairs of what it is and the column wanted.
void refuse_missing(const CsvTable& table, const std::string& file,
                    const std::vector<std::pair<std::string, const Wanted*>>& missing) {
  if (missing.empty()) return;
  std::string text = file + ": no column for ", keys;
  for (const auto& [what, wanted] : missing) {
    text += (keys.empty() ? "" : ", and none for ") + what + " (looked for " +
            joined(wanted->usual, kColumnsInMessage) + ")";
    keys += (keys.empty() ? "" : " and ") + std::string(wanted->key);
  }
  throw DataError(text + "; " + shown_columns(table) + "; name " + (missing.size() > 1 ? "them" : "it") + " with " +
                  keys);
}

}  // namespace

ClipColumns find_columns(const CsvTable& table, const ColumnNames& named, bool multi_label, const std::string& file) {
  check_header(table, file);
  const Wanted path{"data.columns.path", named.path, {"path", "filename", "file", "filepath"}};
  const Wanted label{"data.columns.label", named.label, {"label", "labels", "category", "class", "target"}};
  const Wanted fold{"data.columns.fold", named.fold, {"fold"}}, source{"data.columns.source", named.source, {"source"}};
  const std::string by_name;
  const Wanted start{"", by_name, {"start_s", "Start (s)", "Begin Time (s)"}};
  const Wanted end{"", by_name, {"end_s", "End (s)", "End Time (s)"}};
  check_chosen(table, {path, label, fold, source}, file);
  ClipColumns columns;
  columns.path = find_column(table, path, file);
  columns.label = find_column(table, label, file);
  columns.fold = find_column(table, fold, file);
  columns.source = find_column(table, source, file);
  columns.start = find_column(table, start, file);
  columns.end = find_column(table, end, file);
  if (columns.start.empty() != columns.end.empty()) columns.start = columns.end = "";
  std::set<std::string> used;
  for (const auto* column :
       {&columns.path, &columns.label, &columns.fold, &columns.source, &columns.start, &columns.end}) {
    if (column->empty() || used.insert(*column).second) continue;
    throw UsageError("data.columns: the column " + in_quotes(*column) + " of " + in_quotes(file) +
                     " is assigned to two settings");
  }
  for (const auto& column : table.header()) {
    if (used.count(column) == 0) columns.unused.push_back(column);
  }
  refuse_unsupported(columns.unused, file);
  if (columns.label.empty()) find_one_hot(table, multi_label ? 1 : 2, columns);
  std::vector<std::pair<std::string, const Wanted*>> missing;
  if (columns.path.empty()) missing.emplace_back("the sound file", &path);
  if (columns.label.empty() && columns.one_hot.empty()) {
    missing.emplace_back("the label, nor several of 0 and 1 for one class each", &label);
  }
  refuse_missing(table, file, missing);
  return columns;
}

}  // namespace soundfold::dataset
