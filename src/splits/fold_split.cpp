// SPDX-License-Identifier: Apache-2.0
#include "splits/fold_split.h"

#include "dataset/wording.h"
#include "splits/split_checks.h"
#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <map>

namespace soundfold::splits {
namespace {

/// Which split each chosen fold goes to.
std::map<int, dataset::Split> split_of_fold(const FoldChoice& folds) {
  std::map<int, dataset::Split> chosen;
  for (const int fold : folds.train) chosen.emplace(fold, dataset::Split::train);
  for (const int fold : folds.validation) chosen.emplace(fold, dataset::Split::validation);
  for (const int fold : folds.test) chosen.emplace(fold, dataset::Split::test);
  return chosen;
}

void check_folds_exist(const dataset::Dataset& dataset, const std::map<int, dataset::Split>& chosen) {
  const std::vector<int> present = dataset.folds();
  if (present.empty()) {
    throw UsageError(dataset::in_quotes(dataset.name) +
                     " has no folds; split at random, or add a column 'fold' to its CSV");
  }
  for (const auto& [fold, split] : chosen) {
    if (std::binary_search(present.begin(), present.end(), fold)) continue;
    throw UsageError("fold " + std::to_string(fold) + " (" + dataset::split_name(split) + ") is not in " +
                     dataset::in_quotes(dataset.name) + ", which has " + dataset::named_folds(present));
  }
}

/// "train folds 1-3 (48 clips), validation fold 4 (16), 8 clips of fold 5 left out".
std::string describe(const dataset::Dataset& dataset, const std::map<int, dataset::Split>& chosen,
                     const Splits& splits) {
  std::string text;
  std::size_t used = 0;
  for (const dataset::Split split : kSplits) {
    std::vector<int> folds;
    for (const auto& [fold, its_split] : chosen) {
      if (its_split == split) folds.push_back(fold);
    }
    if (folds.empty()) continue;
    const std::size_t clips = splits.of(split).size();
    used += clips;
    text += (text.empty() ? "" : ", ") + std::string(dataset::split_name(split)) + " " + dataset::named_folds(folds) +
            " (" + (text.empty() ? dataset::counted(clips, "clip") : grouped(clips)) + ")";
  }
  if (used < dataset.clips.size()) text += ", " + dataset::counted(dataset.clips.size() - used, "clip") + " left out";
  const std::size_t shared = dataset.folds_are_published ? shared_sources(dataset, splits).size() : 0;
  if (shared > 0) text += "; " + dataset::counted(shared, "source") + " in several splits, as published";
  return text;
}

}  // namespace

Splits split_by_fold(const dataset::Dataset& dataset, const FoldChoice& folds) {
  const std::map<int, dataset::Split> chosen = split_of_fold(folds);
  check_folds_exist(dataset, chosen);
  Splits splits;
  for (std::size_t index = 0; index < dataset.clips.size(); ++index) {
    const auto found = chosen.find(dataset.clips[index].fold);
    if (found == chosen.end()) continue;
    switch (found->second) {
      case dataset::Split::train:
        splits.train.push_back(index);
        break;
      case dataset::Split::validation:
        splits.validation.push_back(index);
        break;
      case dataset::Split::test:
        splits.test.push_back(index);
        break;
    }
  }
  splits.description = describe(dataset, chosen, splits);
  check_splits(dataset, splits);
  return splits;
}

}  // namespace soundfold::splits
