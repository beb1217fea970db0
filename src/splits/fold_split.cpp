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

/// Which split each chosen fold goes to. Throws UsageError for a fold given twice.
std::map<int, dataset::Split> split_of_fold(const FoldChoice& folds) {
  if (folds.train.empty()) throw UsageError("no training fold is given; name at least one");
  std::map<int, dataset::Split> chosen;
  const auto add = [&chosen](const std::vector<int>& list, dataset::Split split) {
    for (const int fold : list) {
      const auto [at, is_new] = chosen.emplace(fold, split);
      if (is_new) continue;
      const std::string where = at->second == split ? std::string("twice in ") + dataset::split_name(split)
                                                    : std::string("in both ") + dataset::split_name(at->second) +
                                                          " and " + dataset::split_name(split);
      throw UsageError("fold " + std::to_string(fold) + " is given " + where + "; a fold belongs to one split");
    }
  };
  add(folds.train, dataset::Split::train);
  add(folds.validation, dataset::Split::validation);
  add(folds.test, dataset::Split::test);
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
