// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace soundfold::dataset {

/// The class names of a data set in one spelling each (text/names.h). Names that differ only in white space or
/// Unicode form are one class, which is logged once; names that differ in case as well are refused.
class ClassNames {
 public:
  /// The tidy form of `name`; `where` says what names it. Throws DataError for a name that is empty or not UTF-8, and
  /// for one whose case differs from that of another.
  std::string add(const std::string& name, const std::string& where);

 private:
  struct Seen {
    std::string written, tidy, where;
    bool reported = false;
  };
  std::map<std::string, Seen> by_key_;
};

/// The classes a data set offers.
struct KnownClasses {
  std::vector<std::string> names;  ///< in the data set's own order, tidy
  std::string dataset;             ///< "ESC-50", for messages
  std::string listed_in;           ///< where a user finds the names: "the column 'category' of meta/esc50.csv"
};

/// The classes a data set is used with.
struct ClassChoice {
  std::vector<std::string> names;                           ///< in the order of targets
  std::unordered_map<std::string, std::int64_t> target_of;  ///< of every class of the data set that is used
  std::size_t known = 0;                                    ///< how many classes the data set offers
  std::string other_class;                                  ///< data.other_class
  std::size_t gathered = 0;                                 ///< classes that other_class gathers
};

/// The names in `chosen` as the data set writes them, in the order asked for; all when none is chosen. Spellings that
/// differ only in case, white space or Unicode form are found, which is logged. Throws UsageError for a name that is
/// empty, chosen twice or unknown (suggesting the nearest).
std::vector<std::string> choose_classes(const std::vector<std::string>& chosen, const KnownClasses& known);

/// Targets of the chosen classes and, with options.other_class, one more for all others of `known`. Throws UsageError
/// as choose_classes does, and when there is nothing for other_class to gather.
ClassChoice make_choice(const DataOptions& options, const KnownClasses& known);

/// Target of each name: its position.
std::unordered_map<std::string, std::int64_t> targets_of(const std::vector<std::string>& class_names);

/// "2 classes, 80 clips: cat 40, dog 40" or "2 of 50 classes chosen, 80 clips: dog 40, cat 40".
std::string describe_choice(const ClassChoice& choice, const Dataset& dataset);

}  // namespace soundfold::dataset
