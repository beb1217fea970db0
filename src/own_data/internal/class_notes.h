// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"

#include <string>
#include <vector>

namespace soundfold::own_data {

/// What looks wrong with the classes by their names, numbers of clips and folders alone, one line each: two names that
/// are nearly equal, a class called as a split is, clips in folders of splits below a class, classes of very different
/// sizes.
std::vector<std::string> class_notes(const dataset::Dataset& data);

}  // namespace soundfold::own_data
