// SPDX-License-Identifier: Apache-2.0
#include "splits/splits.h"

namespace soundfold::splits {

const std::vector<std::size_t>& Splits::of(dataset::Split split) const {
  switch (split) {
    case dataset::Split::train:
      return train;
    case dataset::Split::validation:
      return validation;
    case dataset::Split::test:
      return test;
  }
  throw UsageError("no such split");
}

}  // namespace soundfold::splits
