// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "dataset/dataset.h"
#include "splits/splits.h"

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::own_data {

/// The data of an experiment and what a training would make of them.
struct SplitParts {
  dataset::Dataset data;           ///< as read: every file its own source
  splits::Splits splits;           ///< indices into data.clips; empty when there is a problem
  std::vector<std::string> parts;  ///< of each clip: "train", "fold 3", "" for none
  std::size_t trainings = 0;       ///< how many the experiment is; 0 when there is a problem
  std::string problem;             ///< why the data cannot be split, a training be refused; else empty
};

/// Reads and splits the data. Data that cannot be split are no error here. Throws UsageError and, for data that cannot
/// be read, DataError as dataset/dataset.h says.
SplitParts split_parts(const config::Experiment& experiment);

}  // namespace soundfold::own_data
