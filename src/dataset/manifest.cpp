// SPDX-License-Identifier: Apache-2.0
#include "dataset/classes.h"
#include "dataset/layouts.h"
#include "dataset/listed_files.h"
#include "dataset/wording.h"
#include "support/csv.h"
#include "support/errors.h"

#include <algorithm>
#include <limits>
#include <set>

namespace soundfold::dataset {
namespace fs = std::filesystem;
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The row's label, or its labels between '|'.
std::vector<std::string> labels_at(const CsvTable& table, std::size_t row, bool multi_label) {
  const std::string& text = table.at(row, "label");
  if (!multi_label) {
    if (text.empty()) throw DataError(table.where(row) + ": the label is empty; give the clip's class");
    if (text.find('|') == std::string::npos) return {text};
    throw DataError(table.where(row) + ": the label " + in_quotes(text) +
                    " holds '|'; set data.multi_label to true if it means several labels");
  }
  std::vector<std::string> labels;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('|', start), text.size());
    const std::string label = trimmed(text.substr(start, end - start));
    if (label.empty()) throw DataError(table.where(row) + ": empty label in " + in_quotes(text) + "; write a|b");
    if (std::find(labels.begin(), labels.end(), label) != labels.end()) {
      throw DataError(table.where(row) + ": the label " + in_quotes(label) + " stands twice in " + in_quotes(text));
    }
    labels.push_back(label);
    start = end + 1;
  }
  return labels;
}

int fold_at(const CsvTable& table, std::size_t row) {
  const long long fold = table.integer_at(row, "fold");
  if (fold < 1 || fold > std::numeric_limits<int>::max()) {
    throw DataError(table.where(row) + ", column 'fold': " + std::to_string(fold) +
                    " is not a fold; they count from 1");
  }
  return static_cast<int>(fold);
}

CsvTable read_manifest(const DataOptions& options) {
  if (!is_there(options.manifest)) {
    const bool below_root = !options.root.empty() && is_there(options.root / options.manifest);
    throw DataError("data.manifest: " + in_quotes(options.manifest.string()) + " does not exist" +
                    (below_root ? "; give " + in_quotes((options.root / options.manifest).string()) : ""));
  }
  CsvTable table = CsvTable::read(options.manifest);
  if (table.row_count() == 0) throw DataError(options.manifest.string() + ": lists no clip; add rows path,label");
  return table;
}

using RowLabels = std::vector<std::vector<std::string>>;

/// Every label in the CSV, sorted.
std::vector<std::string> distinct_labels(const RowLabels& row_labels) {
  std::set<std::string> distinct;
  for (const auto& labels : row_labels) distinct.insert(labels.begin(), labels.end());
  return {distinct.begin(), distinct.end()};
}

/// Targets of the labels that are chosen, ascending.
std::vector<std::int64_t> chosen_targets(const std::vector<std::string>& labels,
                                         const std::unordered_map<std::string, std::int64_t>& targets) {
  std::vector<std::int64_t> chosen;
  for (const auto& label : labels) {
    const auto target = targets.find(label);
    if (target != targets.end()) chosen.push_back(target->second);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

/// Checks every row's file, and makes clips of the rows that carry a chosen class.
std::vector<Clip> read_clips(const CsvTable& table, const RowLabels& row_labels, const Dataset& dataset,
                             const std::string& root_option) {
  std::vector<Clip> clips;
  const auto targets = targets_of(dataset.class_names);
  const bool has_fold = table.has_column("fold");
  const bool has_source = table.has_column("source");
  ListedFiles files(dataset.root, root_option);
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    Clip clip;
    clip.id = tidy_relative_path(table.at(row, "path"), table.where(row));
    clip.path = files.add(clip.id, table.where(row));
    if (has_fold) clip.fold = fold_at(table, row);
    if (has_source) clip.source = table.at(row, "source");
    if (clip.source.empty()) clip.source = clip.id;
    clip.labels = chosen_targets(row_labels[row], targets);
    if (!clip.labels.empty()) clips.push_back(std::move(clip));
  }
  files.finish();
  return clips;
}

}  // namespace

Dataset load_manifest(const DataOptions& options) {
  const CsvTable table = read_manifest(options);
  RowLabels row_labels;
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    row_labels.push_back(labels_at(table, row, options.multi_label));
  }
  const std::vector<std::string> known = distinct_labels(row_labels);

  Dataset dataset;
  dataset.name = options.manifest.stem().string();
  const fs::path own_folder = options.manifest.has_parent_path() ? options.manifest.parent_path() : fs::path(".");
  dataset.root = options.root.empty() ? own_folder : options.root;
  dataset.multi_label = options.multi_label;
  dataset.class_names = choose_classes(
      options.classes, {known, in_quotes(dataset.name), "the column 'label' of " + options.manifest.string()});
  dataset.clips = read_clips(table, row_labels, dataset, options.root.empty() ? "data.manifest" : "data.root");
  dataset.description = dataset.name + ", " + counted(table.row_count(), "clip") + " listed; " +
                        describe_choice(dataset.class_names.size(), known.size(), dataset.clips.size());
  return dataset;
}

}  // namespace soundfold::dataset
