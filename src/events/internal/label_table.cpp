// SPDX-License-Identifier: Apache-2.0
#include "events/internal/cells.h"
#include "events/internal/marks.h"
#include "support/errors.h"
#include "text/csv.h"
#include "text/names.h"
#include "text/text.h"

#include <limits>
#include <map>
#include <set>

namespace soundfold::events {
namespace {

using Names = std::vector<std::string>;

/// Usual names of columns, in any case: the first that a table has is taken.
const std::string kRavenStart = "Begin Time (s)";
const Names kPathNames = {"Begin Path", "path", "Begin File", "filename", "file", "filepath"};
const Names kStartNames = {"start_s", kRavenStart, "start", "start_time", "Start (s)", "onset"};
const Names kEndNames = {"end_s", "End Time (s)", "end", "end_time", "End (s)", "offset"};
const Names kLabelNames = {"label",       "class",        "annotation",      "species",  "event_label",
                           "common name", "species code", "scientific name", "category", "tags"};
const Names kProbabilityNames = {"probability", "confidence", "score"};

/// The header's own spelling of the first name that it has; empty when it has none.
std::string column_of(const CsvTable& table, const Names& names) {
  for (const auto& name : names) {
    if (const auto found = find_name(name, table.header())) return table.header()[*found];
  }
  return "";
}

struct TableColumns {
  std::string path, start, end, label, fold, source, file_offset, view, selection, probability;
};

void require_column(const CsvTable& table, const std::string& found, const std::string& what, const Names& names,
                    const std::string& file) {
  if (!found.empty()) return;
  throw DataError(file + ": no column for " + what + " (looked for " + join(names) +
                  "); its columns are: " + shown(one_line(join(table.header()))));
}

TableColumns columns_of(const CsvTable& table, const std::string& label_column, const std::string& file) {
  TableColumns columns;
  try {
    columns.path = column_of(table, kPathNames);
    columns.start = column_of(table, kStartNames);
    columns.end = column_of(table, kEndNames);
    const Names label_names = label_column.empty() ? kLabelNames : Names{label_column};
    columns.label = column_of(table, label_names);
    require_column(table, columns.start, "the start", kStartNames, file);
    require_column(table, columns.end, "the end", kEndNames, file);
    require_column(table, columns.label, "the label", label_names, file);
    columns.fold = column_of(table, {"fold"});
    columns.source = column_of(table, {"source"});
    columns.file_offset = column_of(table, {"File Offset (s)"});
    columns.view = column_of(table, {"View"});
    columns.selection = column_of(table, {"Selection"});
    columns.probability = column_of(table, kProbabilityNames);
  } catch (const DataError& error) {
    if (std::string(error.what()).compare(0, file.size(), file) == 0) throw;
    throw DataError(file + ", row 1: " + one_line(error.what()) + "; save the file as UTF-8");
  }
  return columns;
}

int fold_from(const CsvTable& table, std::size_t row, const std::string& column) {
  if (column.empty() || table.at(row, column).empty()) return 0;
  const long long fold = table.integer_at(row, column);
  if (fold < 1 || fold > std::numeric_limits<int>::max()) {
    throw DataError(table.where(row) + ": " + std::to_string(fold) + " is not a fold; they count from 1");
  }
  return static_cast<int>(fold);
}

/// Every field in quotes, and every row as long as the header: Raven's tables have no quoting, and may lack fields at
/// the ends of rows.
std::string quoted_table(const std::string& text) {
  std::string quoted;
  std::size_t width = 0;
  for (const auto& line : pieces_of(text, '\n')) {
    if (trimmed(line).empty()) continue;
    auto fields = pieces_of(line.substr(0, line.find_last_not_of('\r') + 1), '\t');
    width = std::max(width, fields.size());
    fields.resize(width);
    for (std::size_t i = 0; i < width; ++i) {
      quoted += i == 0 ? "\"" : "\t\"";
      for (const char letter : fields[i]) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
      quoted += '"';
    }
    quoted += '\n';
  }
  return quoted;
}

/// Rows to marks.
class TableReader {
 public:
  TableReader(const CsvTable& table, const TableColumns& columns) : table_(table), columns_(columns) {}

  std::vector<Mark> marks() {
    std::vector<Mark> marks;
    for (std::size_t row = 0; row < table_.row_count(); ++row) {
      Mark mark = mark_of(row);
      if (!is_second_view(row, mark)) marks.push_back(std::move(mark));
    }
    return marks;
  }

 private:
  std::string cell(std::size_t row, const std::string& column) const {
    return column.empty() ? "" : table_.at(row, column);
  }

  Mark mark_of(std::size_t row) const {
    Mark mark{table_.where(row), cell(row, columns_.path)};
    if (mark.path.empty() && !columns_.path.empty()) throw DataError(mark.where + ": the path is empty");
    mark.fold = fold_from(table_, row, columns_.fold);
    mark.source = cell(row, columns_.source);
    const std::string start = cell(row, columns_.start), end = cell(row, columns_.end);
    const std::string label = unguarded_cell(cell(row, columns_.label));
    if (trimmed(start + end + label).empty()) {
      mark.event.reset();
      return mark;
    }
    mark.event = event_from(start, end, label, mark.where);
    if (!columns_.file_offset.empty()) move_into_file(*mark.event, cell(row, columns_.file_offset), mark.where);
    if (!columns_.probability.empty()) {
      mark.event->probability = probability_from(cell(row, columns_.probability));
      mark.event->mean_probability = mark.event->probability;
    }
    return mark;
  }

  static void move_into_file(Event& event, const std::string& offset, const std::string& where) {
    const double start_s = seconds_from(offset, where);
    // As text the sum is rounded like every other time.
    event.end_s = seconds_from(fixed(start_s + event.end_s - event.start_s, 6), where);
    event.start_s = start_s;
    event.peak_s = (event.start_s + event.end_s) / 2;
  }

  /// Raven lists a selection once for each view of the sound.
  bool is_second_view(std::size_t row, const Mark& mark) {
    if (columns_.view.empty() || columns_.selection.empty() || !mark.event) return false;
    const auto key = cell(row, columns_.selection) + "\t" + fixed(mark.event->start_s, 6) + "\t" +
                     fixed(mark.event->end_s, 6) + "\t" + mark.event->label + "\t" + mark.path;
    const std::string view = cell(row, columns_.view);
    return first_views_.emplace(key, view).first->second != view;
  }

  const CsvTable& table_;
  const TableColumns& columns_;
  std::map<std::string, std::string> first_views_;
};

/// Raven counts time over all files that are open together.
void require_offsets(const std::vector<Mark>& marks, const TableColumns& columns, const std::string& file) {
  if (!columns.file_offset.empty() || columns.start != kRavenStart) return;
  for (const auto& mark : marks) {
    if (mark.path == marks.front().path) continue;
    throw DataError(mark.where + ": a second recording ('" + shown(mark.path) + "'), but " + file +
                    " has no column File Offset (s); add that measurement in Raven");
  }
}

}  // namespace

bool is_raven_header(const std::string& line) {
  const auto names = pieces_of(line, '\t');
  return std::find(names.begin(), names.end(), kRavenStart) != names.end() && names.size() > 1;
}

std::vector<Mark> marks_of_table(const std::string& text, const std::string& name, const std::string& label_column) {
  const bool is_raven = is_raven_header(trimmed(text.substr(0, text.find('\n'))));
  const CsvTable table = CsvTable::parse(is_raven ? quoted_table(text) : text, name);
  const TableColumns columns = columns_of(table, label_column, name);
  auto marks = TableReader(table, columns).marks();
  require_offsets(marks, columns, name);
  return marks;
}

}  // namespace soundfold::events
