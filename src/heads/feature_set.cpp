// SPDX-License-Identifier: Apache-2.0
#include "heads/feature_set.h"

#include "support/errors.h"

namespace soundfold::heads {

FeatureSet FeatureSet::to(const torch::Device& device) const {
  FeatureSet moved = *this;
  if (features.defined()) moved.features = features.to(device);
  if (clip_of_frame.defined()) moved.clip_of_frame = clip_of_frame.to(device);
  if (targets.defined()) moved.targets = targets.to(device);
  if (frame_weights.defined()) moved.frame_weights = frame_weights.to(device);
  return moved;
}

Segments FeatureSet::segments(const torch::Device& device) const {
  const auto* first = first_frame.data_ptr<std::int64_t>();
  std::vector<std::int64_t> counts;
  for (std::int64_t clip = 0; clip < clip_count(); ++clip) counts.push_back(first[clip + 1] - first[clip]);
  return Segments(std::move(counts), device);
}

FeatureSet joined(const FeatureSet& first, const FeatureSet& second) {
  if (second.empty()) return first;
  if (first.empty()) return second;
  if (first.multi_label != second.multi_label || first.features.size(1) != second.features.size(1) ||
      first.frame_weights.defined() || second.frame_weights.defined()) {
    throw UsageError("joined: the two sets of features are of different kinds");
  }
  FeatureSet set = first;
  set.features = torch::cat({first.features, second.features});
  set.clip_of_frame = torch::cat({first.clip_of_frame, second.clip_of_frame + first.clip_count()});
  set.first_frame = torch::cat({first.first_frame, second.first_frame.slice(0, 1) + first.frame_count()});
  set.targets = torch::cat({first.targets, second.targets});
  const bool levels = first.level_dbfs.defined() && second.level_dbfs.defined();
  set.level_dbfs = levels ? torch::cat({first.level_dbfs, second.level_dbfs}) : torch::Tensor();
  set.clip_ids.insert(set.clip_ids.end(), second.clip_ids.begin(), second.clip_ids.end());
  return set;
}

FeatureSet select_clips(const FeatureSet& set, const std::vector<bool>& wanted) {
  if (wanted.size() != set.clip_ids.size()) throw UsageError("select_clips: one flag per clip is needed");
  const auto* first = set.first_frame.data_ptr<std::int64_t>();
  std::vector<std::int64_t> frames, owners, starts = {0}, clips;
  FeatureSet chosen;
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
  if (set.level_dbfs.defined()) chosen.level_dbfs = set.level_dbfs.index_select(0, rows);
  chosen.clip_of_frame = torch::tensor(owners, torch::kLong);
  chosen.first_frame = torch::tensor(starts, torch::kLong);
  chosen.targets = set.targets.index_select(0, torch::tensor(clips, torch::kLong));
  if (set.frame_weights.defined()) {
    chosen.frame_weights = set.frame_weights.index_select(0, rows);
    chosen.frame_weights /= chosen.frame_weights.mean();
  }
  return chosen;
}

}  // namespace soundfold::heads
