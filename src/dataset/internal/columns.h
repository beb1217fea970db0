// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"
#include "text/csv.h"

#include <string>
#include <vector>

namespace soundfold::dataset {

/// Which columns of a CSV of clips mean what, by the CSV's own names.
struct ClipColumns {
  std::string path;
  std::string label;                 ///< empty: the labels are in `one_hot`
  std::vector<std::string> one_hot;  ///< one column of 0 and 1 for each class
  std::string fold, source;          ///< empty: there is none
  std::string start, end;            ///< of the part of the file, in seconds; both or neither are empty
  std::vector<std::string> unused;   ///< all others
};

/// Finds the columns: those that `named` (data.columns) names, otherwise by their usual names, in any case. `path` and
/// `label` come before filename, file, filepath and labels, category, class, target. Without a label column, two or
/// more columns (one, with `multi_label`) that hold only 0 and 1 are the classes. Times are start_s and end_s, or as
/// Raven and BirdNET write them, with "(s)". Throws UsageError for a named column
/// that is not there, DataError, naming the columns there are, when a column is missing, could be several, or says what
/// is not supported (a part of a file without a unit, a split).
ClipColumns find_columns(const CsvTable& table, const ColumnNames& named, bool multi_label, const std::string& file);

}  // namespace soundfold::dataset
