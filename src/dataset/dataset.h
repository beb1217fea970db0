// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::dataset {

/// One recording. All its frames carry its labels and its fold.
struct Clip {
  std::string id;                    ///< path relative to the data root, '/' separated: unique in a data set
  std::filesystem::path path;        ///< where the file is
  std::vector<std::int64_t> labels;  ///< indices into Dataset::class_names, ascending; exactly one unless multi-label
  int fold = 0;                      ///< 1 and up; 0 when the data set has no folds
  std::string source;                ///< clips cut from one recording share it and must never cross splits
};

/// Clips with their classes, in a fixed order (that of the CSV, or sorted by id).
struct Dataset {
  std::string name;  ///< "ESC-50", a folder's name, ...
  std::filesystem::path root;
  std::vector<std::string> class_names;  ///< target k is class_names[k], in the order asked for
  std::vector<Clip> clips;
  bool multi_label = false;
  /// The folds are a published benchmark's (ESC-50) and are kept as they are. The authors let a few source recordings
  /// lend clips to two folds (in two classes: 209698, 234879): check_splits then warns instead of refusing.
  bool folds_are_published = false;
  /// One plain sentence on what was found, e.g. "ESC-50, 2,000 of 2,000 clips at hand; 2 of 50 classes chosen: 80
  /// clips".
  std::string description;
  std::vector<int> folds() const;  ///< the distinct fold numbers, ascending
};

/// Which data to use. Mirrors the `data.` keys of the configuration.
struct DataOptions {
  std::string layout = "esc50";      ///< esc50, folders (one folder per class), csv (path,label[,fold][,source])
  std::filesystem::path root;        ///< the data set's folder
  std::filesystem::path manifest;    ///< csv layout: the CSV; relative paths in it start at root (or its own folder)
  std::vector<std::string> classes;  ///< chosen by name, in this order; empty means all (ESC-50: by target number)
  bool esc10 = false;                ///< ESC-50 layout: only the ten ESC-10 classes
  bool multi_label = false;          ///< csv layout: labels separated by '|'
};

/// Reads the data set and checks it: the root and metadata exist; every chosen class exists (else the nearest name is
/// suggested); every listed file exists, is a regular file and lies within the root (no `..`, no absolute path, no link
/// leading out); no id twice; file names agree with the CSV (ESC-50's own fold-source-take-target naming).
/// Throws UsageError for impossible options (an unknown class among them), DataError for bad data, naming clip, class
/// and file. ESC-50's clips have src_file as their source; elsewhere the source is the CSV's, or the file's own id.
Dataset load(const DataOptions& options);

enum class Split { train, validation, test };
const char* split_name(Split split);

/// Indices into Dataset::clips, ascending.
struct Splits {
  std::vector<std::size_t> train, validation, test;
  const std::vector<std::size_t>& of(Split split) const;
  std::string description;  ///< e.g. "train folds 1-3 (48 clips), validation fold 4 (16), test fold 5 (16)"
};

/// Fixed folds. An empty list leaves that split empty (train may not be).
struct FoldChoice {
  std::vector<int> train, validation, test;
};

/// Splits by the clips' folds. Throws UsageError when a fold is in two splits or not in the data (naming those that
/// are), and what check_splits throws. Clips of folds in no list are left out, and the description says how many.
Splits split_by_fold(const Dataset& dataset, const FoldChoice& folds);

/// Splits at random with `seed`, keeping clips of one source together and each class's share about equal. Fractions are
/// of sources per class; every split with a fraction above 0 gets at least one source per class, else DataError.
/// Training gets the rest and at least one source per class. The same on every platform, and for any order of the
/// clips. Throws UsageError unless both fractions are at least 0 and their sum is below 1.
/// Classes are served from the rarest on, after Sechidis et al. 2011, "On the stratification of multi-label data".
Splits split_at_random(const Dataset& dataset, double validation_fraction, double test_fraction, std::uint64_t seed);

/// Throws DataError when a source has clips in two splits (names the source, clips and splits) or when a class has no
/// clip in a split that is not empty (names class, split and the counts there). With folds_are_published, a source
/// whose clips lie in different folds may be in two splits: that is logged as a warning, when `tell_shared`.
void check_splits(const Dataset& dataset, const Splits& splits, bool tell_shared = true);

}  // namespace soundfold::dataset
