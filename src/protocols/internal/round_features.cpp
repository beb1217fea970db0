// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/round_features.h"

#include "support/errors.h"

#include <algorithm>
#include <unordered_map>

namespace soundfold::protocols {
namespace {

using FoldOfClip = std::unordered_map<std::string, int>;

FoldOfClip folds_of(const features::PreparedFeatures& all) {
  FoldOfClip fold_of;
  for (const auto clip : all.splits.train) fold_of[all.data.clips[clip].id] = all.data.clips[clip].fold;
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
  return select_clips(all.recorded_train, in_folds(all.recorded_train, folds_of(all), {round.test}));
}

features::PreparedFeatures round_features(const features::PreparedFeatures& all, const splits::Round& round) {
  features::PreparedFeatures own;
  own.data = all.data;
  own.splits = splits::round_splits(round, all.data, all.splits.train);
  own.weights_digest = all.weights_digest;
  own.embedding_size = all.embedding_size;
  own.score_count = all.score_count;
  own.backbone_classes = all.backbone_classes;
  own.tail = all.tail;
  own.fresh = all.fresh;
  own.input_parts = all.input_parts;
  own.known_classes = all.known_classes;
  const auto fold_of = folds_of(all);
  own.train = select_clips(all.train, in_folds(all.train, fold_of, round.train));
  own.recorded_train = select_clips(all.recorded_train, in_folds(all.recorded_train, fold_of, round.train));
  own.test = round_test(all, round);
  if (round.validation != 0) {
    own.validation = select_clips(all.recorded_train, in_folds(all.recorded_train, fold_of, {round.validation}));
  }
  return own;
}

}  // namespace soundfold::protocols
