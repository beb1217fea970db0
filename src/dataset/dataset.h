// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/stretch.h"
#include "text/choice.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::dataset {

enum class Split { train, validation, test };
const char* split_name(Split split);

/// The split that a folder of this name holds: train or training; val, valid, validation or dev; test, testing, eval or
/// evaluation. In any case; nothing for other names.
std::optional<Split> split_named(const std::string& folder);

/// One recording, or a stretch of one. All its windows carry its labels and its fold.
struct Clip {
  /// Path relative to the data root, '/' separated, of a stretch with its times behind ("a.wav#t=1.500,2.750"): unique
  /// in a data set.
  std::string id;
  std::filesystem::path path;  ///< where the file is
  /// Indices into Dataset::class_names, ascending. Exactly one, or any number in multi-label data: none means that the
  /// clip is a negative example of every class.
  std::vector<std::int64_t> labels;
  int fold = 0;                     ///< 1 and up; 0 when the data set has no folds
  std::string source;               ///< clips cut from one recording share it and must never cross splits
  std::optional<Split> split = {};  ///< the split the data set itself puts it into (folders train/, test/, ...)
  std::optional<frontend::Stretch> stretch = {};  ///< the part of the file that is meant; nothing: all of it
};

/// Clips with their classes, in a fixed order (that of the CSV, or sorted by id).
struct Dataset {
  std::string name;  ///< "ESC-50", a folder's name, ...
  std::filesystem::path root;
  std::vector<std::string> class_names;  ///< target k is class_names[k], in the order asked for
  std::vector<Clip> clips;
  bool multi_label = false;
  /// The folds are a published benchmark's (ESC-50) and are kept as they are. The authors let four source recordings
  /// lend clips to two folds (in two classes: 131943, 134049, 209698, 234879): check_splits then warns instead of
  /// refusing.
  bool folds_are_published = false;
  /// One plain sentence on what was found, e.g. "ESC-50, 2,000 of 2,000 clips available; 2 of 50 classes chosen, 80
  /// clips: dog 40, cat 40".
  std::string description;
  std::vector<int> folds() const;  ///< the distinct fold numbers, ascending
  /// The data set itself splits its clips (see Clip::split): folds and fractions of the test are then not looked at.
  bool gives_splits() const;
  bool gives_split(Split split) const;  ///< it puts a clip into this split
};

/// Names of a CSV's columns. An empty one is found by its usual names (docs/datasets.md).
struct ColumnNames {
  std::string path, label, fold, source;
};

/// How a data set lies on disk: as ESC-50 is published; one folder per class; a CSV path,label[,fold][,source]
/// [,start_s,end_s]; long recordings with label files.
enum class Layout { esc50, folders, csv, annotations };

/// Their names, for text/choice.h.
constexpr ChoiceNames<Layout> choice_names_of(Layout) {
  return {{"esc50", "folders", "csv", "annotations"}};
}

/// Which data to use: `data.` keys of the configuration.
struct DataOptions {
  Layout layout = Layout::esc50;
  std::string root;  ///< the data set's folder
  /// csv layout: the CSV; relative paths in it start at root (or its own folder). annotations layout: a label file of
  /// several recordings, or the folder of their label files; empty: they are beside the recordings.
  std::string manifest;
  ColumnNames columns;               ///< csv layout (label: annotations too): where the list has not the usual names
  std::vector<std::string> classes;  ///< chosen by name, in this order; empty means all (ESC-50: by target number)
  /// One more class, the last, that gathers the clips of all classes not chosen, and with the annotations layout
  /// stretches without events; empty: they are left out.
  std::string other_class;
  bool esc10 = false;            ///< ESC-50 layout: only the ten ESC-10 classes
  bool multi_label = false;      ///< csv layout: labels separated by '|', an empty cell for none; annotations
  bool keep_unlabelled = false;  ///< csv, with multi_label: clips with none of the chosen classes stay, without labels
  double window_share = 0.5;     ///< annotations: see frontend::Stretch
  double event_share = 0.5;
  double negatives_per_event = 1;  ///< annotations: stretches without events, for each event
};

/// Throws UsageError for options that do not go together or that the layout does not have: they would be ignored
/// without a word. No file is looked at.
void validate(const DataOptions& options);

/// Validates the options, reads the data set and checks it: the root and metadata exist; every chosen class exists
/// (else the nearest name is suggested); every listed file exists, is a regular file and lies within the root (no `..`,
/// no absolute path, no link leading out); no id twice; file names agree with the CSV (ESC-50's own
/// fold-source-take-target naming). Class names are compared as text/names.h says; two that differ only in case are a
/// DataError. Throws UsageError for impossible options (an unknown class among them), DataError for bad data, naming
/// clip, class and file. ESC-50's clips have src_file as their source; elsewhere the source is the CSV's, or the file's
/// own id.
Dataset load(const DataOptions& options);

/// How many clips each class has, in the classes' order: "dog 40, cat 40", in multi-label data also "without a label
/// 12". With more than `most` classes only "50 classes of 8 to 40 clips".
std::string class_counts_text(const Dataset& dataset, std::size_t most = 12);

/// Clips per class among the clips `indices`; a clip with several labels counts for each.
std::vector<std::size_t> clips_per_class(const Dataset& dataset, const std::vector<std::size_t>& indices);

}  // namespace soundfold::dataset
