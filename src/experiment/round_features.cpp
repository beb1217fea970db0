// SPDX-License-Identifier: Apache-2.0
#include "experiment/round_features.h"

#include "support/errors.h"

#include <algorithm>
#include <unordered_map>

namespace soundfold::experiment {
namespace {

using FoldOfClip = std::unordered_map<std::string, int>;

FoldOfClip folds_of(const PreparedFeatures& all) {
  FoldOfClip fold_of;
  for (const auto clip : all.splits.train) fold_of[all.data.clips[clip].id] = all.data.clips[clip].fold;
  return fold_of;
}

/// Which clips of `set` are in one of `folds`.
std::vector<bool> in_folds(const training::FeatureSet& set, const FoldOfClip& fold_of, const std::vector<int>& folds) {
  std::vector<bool> wanted(set.clip_ids.size());
  for (std::size_t clip = 0; clip < wanted.size(); ++clip) {
    wanted[clip] = std::find(folds.begin(), folds.end(), fold_of.at(set.clip_ids[clip])) != folds.end();
  }
  return wanted;
}

}  // namespace

training::FeatureSet select_clips(const training::FeatureSet& set, const std::vector<bool>& wanted) {
  if (wanted.size() != set.clip_ids.size()) throw UsageError("select_clips: one flag per clip is needed");
  const auto* first = set.first_frame.data_ptr<std::int64_t>();
  std::vector<std::int64_t> frames, owners, starts = {0}, clips;
  training::FeatureSet chosen;
  chosen.multi_label = set.multi_label;
  for (std::size_t clip = 0; clip < wanted.size(); ++clip) {
    if (!wanted[clip]) continue;
    for (auto frame = first[clip]; frame < first[clip + 1]; ++frame) frames.push_back(frame);
    owners.insert(owners.end(), static_cast<std::size_t>(first[clip + 1] - first[clip]),
                  static_cast<std::int64_t>(clips.size()));
    starts.push_back(static_cast<std::int64_t>(frames.size()));
    clips.push_back(static_cast<std::int64_t>(clip));
    chosen.clip_ids.push_back(set.clip_ids[clip]);
  }
  const auto rows = torch::tensor(frames, torch::kLong);
  if (set.features.defined()) chosen.features = set.features.index_select(0, rows);
  chosen.clip_of_frame = torch::tensor(owners, torch::kLong);
  chosen.first_frame = torch::tensor(starts, torch::kLong);
  chosen.targets = set.targets.index_select(0, torch::tensor(clips, torch::kLong));
  if (set.frame_weights.defined()) {
    chosen.frame_weights = set.frame_weights.index_select(0, rows);
    chosen.frame_weights /= chosen.frame_weights.mean();
  }
  return chosen;
}

training::FeatureSet round_test(const PreparedFeatures& all, const Round& round) {
  return select_clips(all.recorded_train, in_folds(all.recorded_train, folds_of(all), {round.test}));
}

PreparedFeatures round_features(const PreparedFeatures& all, const Round& round) {
  PreparedFeatures own;
  own.data = all.data;
  own.splits = round_splits(round, all.data, all.splits.train);
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

}  // namespace soundfold::experiment
