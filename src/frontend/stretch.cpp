// SPDX-License-Identifier: Apache-2.0
#include "frontend/stretch.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace soundfold::frontend {

PatchRange patches_of(const Stretch& stretch, std::int64_t patch_count, int patch_hop_frames,
                      const InputRecipe& recipe) {
  constexpr double kRounding = 1e-9;
  const double hop_s = static_cast<double>(recipe.patch_hop_samples(patch_hop_frames)) / recipe.sample_rate_hz;
  const double window_s = static_cast<double>(recipe.patch_window_samples()) / recipe.sample_rate_hz;
  const double length_s = stretch.end_s - stretch.start_s;
  const auto is_own = [&](std::int64_t patch) {
    const double start_s = static_cast<double>(patch) * hop_s;
    const double overlap_s = std::min(stretch.end_s, start_s + window_s) - std::max(stretch.start_s, start_s);
    return overlap_s >= -kRounding && (overlap_s >= stretch.window_share * window_s - kRounding ||
                                       overlap_s >= stretch.event_share * length_s - kRounding);
  };
  // The overlap rises and falls once over the patches, so those of the stretch follow each other.
  const std::int64_t last = patch_count - 1;
  auto begin = std::clamp<std::int64_t>(std::llround((stretch.start_s - window_s) / hop_s) - 1, 0, last);
  auto end = std::clamp<std::int64_t>(std::llround(stretch.end_s / hop_s) + 1, 0, last);
  while (begin <= end && !is_own(begin)) ++begin;
  while (end > begin && !is_own(end)) --end;
  if (begin <= end) return {begin, end - begin + 1};
  const double middle_s = (stretch.start_s + stretch.end_s) / 2;
  return {std::clamp<std::int64_t>(std::llround((middle_s - window_s / 2) / hop_s), 0, last), 1};
}

SampleRange samples_of(const Stretch& stretch, int sample_rate_hz) {
  const std::int64_t begin = std::llround(stretch.start_s * sample_rate_hz);
  return {begin, std::max<std::int64_t>(begin + 1, std::llround(stretch.end_s * sample_rate_hz))};
}

std::string fragment_text(const Stretch& stretch) {
  char text[64];
  std::snprintf(text, sizeof text, "#t=%.3f,%.3f", stretch.start_s, stretch.end_s);
  return text;
}

}  // namespace soundfold::frontend
