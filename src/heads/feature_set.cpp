// SPDX-License-Identifier: Apache-2.0
#include "heads/feature_set.h"

#include "support/errors.h"

#include <algorithm>

namespace soundfold::heads {

std::int64_t FeatureSet::frame_count() const {
  if (is_streamed()) return streamed.places.size(0);
  return features.defined() ? features.size(0) : 0;
}

torch::Tensor FeatureSet::rows(const torch::Tensor& frames) const {
  if (!is_streamed()) return features.index_select(0, frames);
  return streamed.read(streamed.places.index_select(0, frames.to(torch::kCPU))).to(device());
}

void FeatureSet::for_each_run(std::int64_t most_clips, std::int64_t most_frames,
                              const std::function<void(const ClipRun&)>& use) const {
  const auto* first = first_frame.data_ptr<std::int64_t>();
  for (std::int64_t clip = 0; clip < clip_count();) {
    ClipRun run{clip, first[clip]};
    do {
      run.counts.push_back(first[clip + 1] - first[clip]);
      ++clip;
    } while (clip < clip_count() && clip - run.first_clip < most_clips &&
             first[clip + 1] - run.first_frame <= most_frames);
    const auto count = first[clip] - run.first_frame;
    run.frames = is_streamed() ? streamed.read(streamed.places.narrow(0, run.first_frame, count)).to(device())
                               : features.narrow(0, run.first_frame, count);
    use(run);
  }
}

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
  if (first.multi_label != second.multi_label || first.width() != second.width() ||
      first.is_streamed() != second.is_streamed() || first.frame_weights.defined() || second.frame_weights.defined()) {
    throw UsageError("joined: the two sets of features are of different kinds");
  }
  FeatureSet set = first;
  if (set.is_streamed()) {
    set.streamed.places = torch::cat({first.streamed.places, second.streamed.places});
  } else {
    set.features = torch::cat({first.features, second.features});
  }
  set.clip_of_frame = torch::cat({first.clip_of_frame, second.clip_of_frame + first.clip_count()});
  set.first_frame = torch::cat({first.first_frame, second.first_frame.slice(0, 1) + first.frame_count()});
  set.targets = torch::cat({first.targets, second.targets});
  const bool levels = first.level_dbfs.defined() && second.level_dbfs.defined();
  set.level_dbfs = levels ? torch::cat({first.level_dbfs, second.level_dbfs}) : torch::Tensor();
  set.clip_ids.insert(set.clip_ids.end(), second.clip_ids.begin(), second.clip_ids.end());
  return set;
}

void keep_frames(FeatureSet& set, const torch::Tensor& frames) {
  if (set.features.defined()) set.features = set.features.index_select(0, frames.to(set.features.device()));
  if (set.is_streamed()) set.streamed.places = set.streamed.places.index_select(0, frames);
  if (set.level_dbfs.defined()) set.level_dbfs = set.level_dbfs.index_select(0, frames);
}

FeatureSet select_clips(const FeatureSet& set, const std::vector<bool>& wanted) {
  if (wanted.size() != set.clip_ids.size()) throw UsageError("select_clips: one flag per clip is needed");
  const auto* first = set.first_frame.data_ptr<std::int64_t>();
  std::vector<std::int64_t> frames, owners, starts = {0}, clips;
  FeatureSet chosen;
  chosen.multi_label = set.multi_label;
  chosen.features = set.features;
  chosen.level_dbfs = set.level_dbfs;
  chosen.streamed = set.streamed;
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
  keep_frames(chosen, rows);
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
