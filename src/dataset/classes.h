// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace soundfold::dataset {

/// The classes a data set offers.
struct KnownClasses {
  std::vector<std::string> names;  ///< in the data set's own order
  std::string dataset;             ///< "ESC-50", for messages
  std::string listed_in;           ///< where a user finds the names: "the column 'category' of meta/esc50.csv"
};

/// The chosen classes in the order asked for, or all when none is chosen. Throws UsageError for a name that is empty,
/// chosen twice or unknown (suggesting the nearest).
std::vector<std::string> choose_classes(const std::vector<std::string>& chosen, const KnownClasses& known);

/// Target of each name: its position.
std::unordered_map<std::string, std::int64_t> targets_of(const std::vector<std::string>& class_names);

/// "all 50 classes: 2,000 clips" or "2 of 50 classes chosen: 80 clips".
std::string describe_choice(std::size_t chosen, std::size_t known, std::size_t clips);

}  // namespace soundfold::dataset
