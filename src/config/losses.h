// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "text/choice.h"

#include <cstddef>
#include <iterator>

namespace soundfold::config {

enum class Loss { cross_entropy, focal, binary_cross_entropy };

/// A loss by its name in objective.type, and what it is like; optimization/losses.cpp has its function.
struct LossProperties {
  const char* name;
  bool decides_each_class;  ///< each class is a decision of its own: for clips of any number of labels
  bool has_gamma;           ///< objective.focal_gamma is for it
};

/// One row for each, in the order of the enum.
inline constexpr LossProperties kLosses[] = {
    {"cross_entropy", false, false},
    {"focal", false, true},
    {"binary_cross_entropy", true, false},
};

constexpr const LossProperties& properties_of(Loss loss) {
  return kLosses[static_cast<std::size_t>(loss)];
}

constexpr ChoiceNames<Loss> choice_names_of(Loss) {
  ChoiceNames<Loss> names{};
  for (std::size_t i = 0; i < std::size(kLosses); ++i) names.texts[i] = kLosses[i].name;
  return names;
}

}  // namespace soundfold::config
