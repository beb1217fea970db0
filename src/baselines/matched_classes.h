// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "evaluation/baseline.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::baselines {

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

/// The class whose best matching class has the highest of `scores`, one for each class of the backbone; of equals the
/// first. -1 when no class has a matching one.
std::int64_t answer_by_backbone(const float* scores, const std::vector<MatchedClasses>& matched);

/// The `count` highest of `scores`, highest first, of equals the first; `names` has the backbone's classes.
std::vector<evaluation::NamedScore> highest_scores(const float* scores, const std::vector<std::string>& names,
                                                   std::size_t count = 3);

/// The baseline of the matching classes, before any clip is counted; `backbone` is its name for readers.
evaluation::Baseline own_classes_baseline(const std::vector<MatchedClasses>& matched, const std::string& backbone);

/// Whether a class has one or more that match.
bool any_matches(const std::vector<MatchedClasses>& matched);

/// "YAMNet" for a network's file or origin that says so, otherwise "the backbone".
std::string backbone_name(const std::string& weights);

}  // namespace soundfold::baselines
