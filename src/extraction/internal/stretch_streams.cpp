// SPDX-License-Identifier: Apache-2.0
#include "extraction/internal/stretch_streams.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace soundfold::extraction {

StretchStreams::StretchStreams(frontend::LogMel& log_mel, const std::vector<frontend::Stretch>& stretches,
                               int patch_hop_frames, Consumer consume)
    : log_mel_(log_mel),
      order_(stretches.size()),
      hop_frames_(patch_hop_frames),
      consume_(std::move(consume)),
      sample_counts_(stretches.size()) {
  for (const auto& stretch : stretches) {
    ranges_.push_back(frontend::samples_of(stretch, log_mel.recipe().sample_rate_hz));
  }
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::size_t a, std::size_t b) { return ranges_[a].begin < ranges_[b].begin; });
}

void StretchStreams::push(const float* samples, std::size_t count) {
  const std::int64_t end_of_piece = position_ + static_cast<std::int64_t>(count);
  for (; begun_ < order_.size() && ranges_[order_[begun_]].begin < end_of_piece; ++begun_) {
    const auto stretch = order_[begun_];
    const auto consume = [this, stretch](const frontend::Patch& patch) { consume_(stretch, patch); };
    streams_.try_emplace(stretch, log_mel_, consume, hop_frames_);
  }
  for (auto stream = streams_.begin(); stream != streams_.end();) {
    const auto& range = ranges_[stream->first];
    const std::int64_t from = std::max(range.begin, position_), to = std::min(range.end, end_of_piece);
    stream->second.push(samples + (from - position_), static_cast<std::size_t>(to - from));
    const auto current = stream++;
    if (range.end <= end_of_piece) end(current);
  }
  position_ = end_of_piece;
}

void StretchStreams::end(std::map<std::size_t, frontend::PatchStream>::iterator stream) {
  stream->second.finish();
  sample_counts_[stream->first] = stream->second.sample_count();
  streams_.erase(stream);
}

const std::vector<std::int64_t>& StretchStreams::finish() {
  while (!streams_.empty()) end(streams_.begin());
  return sample_counts_;
}

}  // namespace soundfold::extraction
