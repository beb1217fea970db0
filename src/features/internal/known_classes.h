// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "heads/known_classes.h"
#include "weights/weights.h"

#include <string>
#include <utility>
#include <vector>

namespace soundfold::features {

/// head.known_classes with the names as they are elsewhere: own class -> one class of the backbone each, in the order
/// given.
using KnownPairs = std::vector<std::pair<std::string, std::string>>;

/// Finds each name. Throws UsageError naming the one at fault, with the nearest name there is.
KnownPairs known_pairs(const config::NameLists& known, const std::vector<std::string>& own_classes,
                       const std::vector<std::string>& backbone_classes);

/// The rows of the backbone's classifier for those pairs: `kernel` [C, E] row-major and `bias` [C] over all C classes
/// of the backbone. A class with several gets their mean.
heads::KnownClasses known_class_rows(const KnownPairs& pairs, const std::vector<std::string>& own_classes,
                                     const std::vector<std::string>& backbone_classes, const std::vector<float>& kernel,
                                     const std::vector<float>& bias);

/// The same rows for the embedding itself where `weights` are a transformer's, whose classifier takes a layer norm of
/// it (step 5 of network/transformer.h): the norm's weight and bias go into the rows. Others are returned as they are.
heads::KnownClasses with_norm_folded(heads::KnownClasses known, const weights::Weights& weights);

}  // namespace soundfold::features
