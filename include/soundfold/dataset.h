// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/export.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace soundfold {

enum class Split { train, validation, test };

/// One recording.
struct Clip {
  std::string id;                    ///< path relative to the data set's folder, '/' separated: unique in a data set
  std::filesystem::path path;        ///< where the file is
  std::vector<std::int64_t> labels;  ///< indices into Dataset::class_names, ascending; exactly one unless multi-label
  int fold = 0;                      ///< 1 and up; 0 when the data set has no folds
  std::string source;                ///< clips cut from one recording share it and must never cross splits
  std::optional<Split> split = {};   ///< the split that the data set itself puts it into (folders train/, test/, ...)
  double start_s = 0, end_s = 0;     ///< the part of the file that is meant; both 0: all of it
};

/// Clips with their classes, in a fixed order (that of the CSV, or sorted by id).
struct Dataset {
  std::string name;  ///< "ESC-50", a folder's name, ...
  std::filesystem::path root;
  std::vector<std::string> class_names;
  std::vector<Clip> clips;
  bool multi_label = false;
  bool folds_are_published = false;  ///< those of a benchmark (ESC-50), to be kept as they are
  std::string description;           ///< one sentence on what was found
};

/// How a data set lies on disk: as ESC-50 is published; a folder for each class; a CSV with path, label and, where
/// there are, fold and source; long recordings with label files (Audacity, Raven, or CSV with times), whose events are
/// the clips (docs/datasets.md).
enum class DatasetLayout { esc50, folders, csv, annotations };

struct DatasetOptions {
  DatasetLayout layout = DatasetLayout::folders;
  std::filesystem::path root;  ///< the data set's folder
  /// csv: the file; relative paths in it start at root, or at its own folder. annotations: a label file of several
  /// recordings, or the folder of the label files; empty: they are beside the recordings.
  std::filesystem::path manifest;
  /// csv: names of its columns; an empty one is found by its usual names. annotations: label_column alone.
  std::string path_column, label_column, fold_column, source_column;
  std::vector<std::string> classes;  ///< chosen by name, in this order; empty: all
  /// One more class of all clips not chosen, and with annotations of time without events; empty: they are left out.
  std::string other_class;
  bool esc10 = false;            ///< esc50: only the ten ESC-10 classes
  bool multi_label = false;      ///< csv: labels separated by '|', an empty cell for none; annotations: events overlap
  bool keep_unlabelled = false;  ///< csv with multi_label: clips with none of the chosen classes stay
  double window_share = 0.5;     ///< annotations: an event's windows are those of which it covers this share, ...
  double event_share = 0.5;      ///< ... or which hold this share of the event
  double negatives_per_event = 1;  ///< annotations: stretches without events, for each event
};

/// Reads a data set and checks it: chosen classes exist, every listed file exists and lies within the folder, no clip
/// appears twice. No sound is read. Throws UsageError for impossible options (an unknown class among them), DataError
/// for bad data, naming clip, class and file.
SOUNDFOLD_API Dataset read_dataset(const DatasetOptions& options);

}  // namespace soundfold
