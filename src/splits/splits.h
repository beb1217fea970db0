// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::splits {

/// Indices into Dataset::clips, ascending.
struct Splits {
  std::vector<std::size_t> train, validation, test;
  const std::vector<std::size_t>& of(dataset::Split split) const;
  std::string description;  ///< e.g. "train folds 1-3 (48 clips), validation fold 4 (16), test fold 5 (16)"
};

}  // namespace soundfold::splits
