// SPDX-License-Identifier: Apache-2.0
#include "annotations/recordings.h"
#include "dataset/internal/classes.h"
#include "dataset/internal/columns.h"
#include "dataset/internal/layouts.h"
#include "dataset/internal/listed_files.h"
#include "dataset/wording.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/csv.h"
#include "text/text.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

namespace soundfold::dataset {
namespace fs = std::filesystem;
namespace {

using Labels = std::vector<std::string>;

/// Adds a label that is not there yet; none is given twice.
void add_label(Labels& labels, const std::string& label, const std::string& text, const std::string& where) {
  if (std::find(labels.begin(), labels.end(), label) != labels.end()) {
    throw DataError(where + ": the label " + in_quotes(label) + " appears twice in " + in_quotes(text));
  }
  labels.push_back(label);
}

/// The row's label, or its labels between '|'.
Labels labels_in_cell(const CsvTable& table, std::size_t row, const std::string& column, bool multi_label,
                      ClassNames& names) {
  const std::string& text = table.at(row, column);
  const std::string where = table.where(row);
  const bool empty = text.find_first_not_of(" \t") == std::string::npos;
  if (empty && multi_label) return {};
  if (empty) {
    throw DataError(where + ": the label is empty; give the clip's class (clips without any are for data.multi_label)");
  }
  if (!multi_label) {
    if (text.find('|') == std::string::npos) return {names.add(text, where)};
    throw DataError(where + ": the label " + in_quotes(text) +
                    " holds '|'; set data.multi_label to true if it means several labels");
  }
  Labels labels;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('|', start), text.size());
    const std::size_t first = text.find_first_not_of(" \t", start);
    if (first >= end) throw DataError(where + ": empty label in " + in_quotes(text) + "; write a|b");
    const std::string label = text.substr(first, text.find_last_not_of(" \t", end - 1) - first + 1);
    add_label(labels, names.add(label, where), text, where);
    start = end + 1;
  }
  return labels;
}

/// The classes whose column holds 1.
Labels labels_in_columns(const CsvTable& table, std::size_t row, const std::vector<std::string>& columns,
                         bool multi_label, ClassNames& names) {
  Labels labels;
  for (const auto& column : columns) {
    if (table.at(row, column) == "1") add_label(labels, names.add(column, "the header"), column, table.where(row));
  }
  if (multi_label || labels.size() == 1) return labels;
  throw DataError(table.where(row) + ": " + (labels.empty() ? "none" : std::to_string(labels.size())) +
                  " of the columns " + joined(columns, 12) +
                  " is 1; set data.multi_label to true if a clip may have none or several");
}

int fold_at(const CsvTable& table, std::size_t row, const std::string& column) {
  const long long fold = table.integer_at(row, column);
  if (fold < 1 || fold > std::numeric_limits<int>::max()) {
    throw DataError(table.where(row) + ", column " + in_quotes(column) + ": " + std::to_string(fold) +
                    " is not a fold; they count from 1");
  }
  return static_cast<int>(fold);
}

CsvTable read_manifest(const DataOptions& options) {
  if (!is_there(options.manifest)) {
    const fs::path below = fs::path(options.root) / options.manifest;
    throw DataError("data.manifest: " + in_quotes(options.manifest) + " does not exist" +
                    (!options.root.empty() && is_there(below) ? "; give " + in_quotes(below.string()) : ""));
  }
  CsvTable table = CsvTable::read(options.manifest);
  if (table.row_count() == 0) throw DataError(options.manifest + ": lists no clip; add rows path,label");
  return table;
}

/// The labels of every row, tidy, and every class there is, sorted.
struct ListedLabels {
  std::vector<Labels> of_row;
  std::vector<std::string> classes;
};

ListedLabels read_labels(const CsvTable& table, const ClipColumns& columns, bool multi_label) {
  ListedLabels listed;
  ClassNames names;
  std::set<std::string> distinct;
  for (const auto& column : columns.one_hot) distinct.insert(names.add(column, "the header"));
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    listed.of_row.push_back(columns.label.empty() ? labels_in_columns(table, row, columns.one_hot, multi_label, names)
                                                  : labels_in_cell(table, row, columns.label, multi_label, names));
    distinct.insert(listed.of_row.back().begin(), listed.of_row.back().end());
  }
  listed.classes.assign(distinct.begin(), distinct.end());
  return listed;
}

/// Targets of the labels that are used, ascending.
std::vector<std::int64_t> targets_of_labels(const Labels& labels, const ClassChoice& choice) {
  std::set<std::int64_t> targets;
  for (const auto& label : labels) {
    const auto target = choice.target_of.find(label);
    if (target != choice.target_of.end()) targets.insert(target->second);
  }
  return {targets.begin(), targets.end()};
}

/// The part of its file that a row means; nothing when it has no times. Throws for times that cannot be.
std::optional<frontend::Stretch> stretch_at(const CsvTable& table, std::size_t row, const ClipColumns& columns) {
  if (columns.start.empty() || (table.at(row, columns.start).empty() && table.at(row, columns.end).empty())) return {};
  const frontend::Stretch stretch{table.number_at(row, columns.start), table.number_at(row, columns.end)};
  if (stretch.start_s >= 0 && stretch.end_s > stretch.start_s) return stretch;
  throw DataError(table.where(row) + ": from " + table.at(row, columns.start) + " to " + table.at(row, columns.end) +
                  " s is no part of a file; the end comes after the start, which is at least 0");
}

/// The files of a list's rows, of which each may be there once, or in parts.
class FilesOfRows {
 public:
  FilesOfRows(const fs::path& root, const std::string& option) : root_(root), files_(root, option) {}

  /// Fills id and path of the clip; its stretch is known.
  void add(Clip& clip, const std::string& where) {
    const std::string file = clip.id;
    clip.path = clip.stretch && seconds_.count(file) == 1 ? root_ / file : files_.add(file, where);
    if (!clip.stretch) return;
    const auto [known, is_new] = seconds_.emplace(file, 0);
    if (is_new) known->second = annotations::seconds_of_file(clip.path);
    if (known->second > 0 && clip.stretch->end_s > known->second + kSlackS) {
      throw DataError(where + ": the part ends at " + fixed(clip.stretch->end_s, 2) + " s, and " + in_quotes(file) +
                      " has " + fixed(known->second, 2) + " s");
    }
    clip.id += frontend::fragment_text(*clip.stretch);
    if (!ids_.insert(clip.id).second) throw DataError(where + ": " + in_quotes(clip.id) + " is already listed");
  }
  void finish() const { files_.finish(); }

 private:
  static constexpr double kSlackS = 0.1;  // programs round times
  fs::path root_;
  ListedFiles files_;
  std::map<std::string, double> seconds_;  ///< of files listed in parts; 0: not known
  std::set<std::string> ids_;
};

/// Checks every row's file, and makes clips of the rows that are used: those with a chosen class and, in multi-label
/// data, those listed without any label; with keep_unlabelled those of other classes too.
std::vector<Clip> read_clips(const CsvTable& table, const ClipColumns& columns, const ListedLabels& listed,
                             const ClassChoice& choice, const DataOptions& options, const fs::path& root) {
  std::vector<Clip> clips;
  FilesOfRows files(root, options.root.empty() ? "data.manifest" : "data.root");
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    Clip clip;
    clip.id = tidy_relative_path(table.at(row, columns.path), table.where(row));
    clip.stretch = stretch_at(table, row, columns);
    if (!columns.fold.empty()) clip.fold = fold_at(table, row, columns.fold);
    if (!columns.source.empty()) clip.source = table.at(row, columns.source);
    if (clip.source.empty()) clip.source = clip.id;
    files.add(clip, table.where(row));
    clip.labels = targets_of_labels(listed.of_row[row], choice);
    const bool negative = options.multi_label && (listed.of_row[row].empty() || options.keep_unlabelled);
    if (!clip.labels.empty() || negative) clips.push_back(std::move(clip));
  }
  files.finish();
  return clips;
}

void log_columns(const ClipColumns& columns, const std::string& file) {
  if (!columns.one_hot.empty()) {
    logger().info("{}: labels from the columns of 0 and 1: {}", file, joined(columns.one_hot, 20));
  }
  if (!columns.unused.empty()) logger().info("{}: columns not used: {}", file, joined(columns.unused, 20));
}

}  // namespace

Dataset load_manifest(const DataOptions& options) {
  const std::string& file = options.manifest;
  const CsvTable table = read_manifest(options);
  const ClipColumns columns = find_columns(table, options.columns, options.multi_label, file);
  const ListedLabels listed = read_labels(table, columns, options.multi_label);
  if (listed.classes.empty()) throw DataError(file + ": no clip has a label; give the clips of each class its name");

  Dataset dataset;
  dataset.name = fs::path(file).stem().string();
  const fs::path own_folder = fs::path(file).has_parent_path() ? fs::path(file).parent_path() : fs::path(".");
  dataset.root = options.root.empty() ? own_folder : fs::path(options.root);
  dataset.multi_label = options.multi_label;
  const ClassChoice choice = make_choice(
      options,
      {listed.classes, in_quotes(dataset.name),
       columns.label.empty() ? "the header of " + file : "the column " + in_quotes(columns.label) + " of " + file});
  dataset.class_names = choice.names;
  dataset.clips = read_clips(table, columns, listed, choice, options, dataset.root);
  dataset.description =
      dataset.name + ", " + counted(table.row_count(), "clip") + " listed; " + describe_choice(choice, dataset);
  log_columns(columns, file);
  return dataset;
}

}  // namespace soundfold::dataset
