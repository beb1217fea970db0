// SPDX-License-Identifier: Apache-2.0
#include "rounds/round_features.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace soundfold::rounds {
namespace {

using FoldOfClip = std::unordered_map<std::string, int>;

FoldOfClip folds_of(const features::PreparedFeatures& all) {
  FoldOfClip fold_of;
  const auto& clips = all.data.dataset->clips;
  for (const auto clip : all.data.splits.train) fold_of[clips[clip].id] = clips[clip].fold;
  return fold_of;
}

/// Which clips of `set` are in one of `folds`.
std::vector<bool> in_folds(const heads::FeatureSet& set, const FoldOfClip& fold_of, const std::vector<int>& folds) {
  std::vector<bool> wanted(set.clip_ids.size());
  for (std::size_t clip = 0; clip < wanted.size(); ++clip) {
    wanted[clip] = std::find(folds.begin(), folds.end(), fold_of.at(set.clip_ids[clip])) != folds.end();
  }
  return wanted;
}

}  // namespace

heads::FeatureSet round_test(const features::PreparedFeatures& all, const splits::Round& round) {
  const auto& recorded = all.sets.recorded_train;
  return select_clips(recorded, in_folds(recorded, folds_of(all), {round.test}));
}

features::PreparedFeatures round_features(const features::PreparedFeatures& all, const splits::Round& round) {
  const auto fold_of = folds_of(all);
  const auto selected = [&](const heads::FeatureSet& set, const std::vector<int>& folds) {
    return select_clips(set, in_folds(set, fold_of, folds));
  };
  const auto& recorded = all.sets.recorded_train;
  features::FeatureSets sets;
  sets.train = selected(all.sets.train, round.train);
  sets.recorded_train = selected(recorded, round.train);
  sets.test = selected(recorded, {round.test});
  if (round.validation != 0) sets.validation = selected(recorded, {round.validation});
  const auto& data = all.data;
  return {{data.dataset, splits::round_splits(round, *data.dataset, data.splits.train)}, all.origin, std::move(sets)};
}

}  // namespace soundfold::rounds
