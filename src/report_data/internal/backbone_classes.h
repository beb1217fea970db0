// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::report_data {

/// Which classes of the backbone mean one class of an experiment.
struct MatchedClasses {
  std::vector<std::size_t> rows;  ///< numbers of the backbone's classes; may be empty
  bool by_name = false;           ///< one of the backbone's classes is of the same name
};

/// For each of `own` the backbone's classes: those of head.known_classes, else those of the same name. Names are
/// compared as text/names.h says, '_' as a blank; of a backbone's class that lists several ("Chicken, rooster") each
/// counts.
std::vector<MatchedClasses> matched_classes(const config::NameLists& known, const std::vector<std::string>& own,
                                            const std::vector<std::string>& backbone);

}  // namespace soundfold::report_data
