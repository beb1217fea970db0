// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace soundfold::dataset {

/// Which of the folders `names` straight below `root` hold a split each, with one folder per class in them. Empty when
/// the folders are classes: none has a split's name, or `chosen` (data.classes) names one that has. A single such name
/// among others is a class too, unless it holds folders: ESC-50 has a class "train".
/// Throws DataError when the folders are neither: split folders without class folders or beside class folders, two for
/// one split, or no training with a validation or test split beside it.
std::map<std::string, Split> find_split_folders(const std::filesystem::path& root,
                                                const std::vector<std::string>& names,
                                                const std::vector<std::string>& chosen);

}  // namespace soundfold::dataset
