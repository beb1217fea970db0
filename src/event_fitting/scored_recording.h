// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event_finder.h"

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::event_fitting {

/// The windows of a recording as a model scored them: N windows, hop_s apart from the beginning, K classes.
struct ScoredRecording {
  std::string path;
  double seconds = 0;
  double hop_s = 0, window_s = 0;
  std::vector<double> probabilities;  ///< [N, K]
  std::vector<float> levels_dbfs;     ///< [N]
  std::vector<char> silent;           ///< [N] 1: counts as nothing
  std::size_t window_count() const { return levels_dbfs.size(); }
};

/// Its windows, which point into it; `step` 2 takes every second one, and so on.
std::vector<events::ScoredWindow> windows_of(const ScoredRecording& recording, std::size_t class_count,
                                             std::size_t step = 1);

/// Its events by these rules.
std::vector<events::Event> events_of(const ScoredRecording& recording, const std::vector<std::string>& class_names,
                                     const events::EventRules& rules);

}  // namespace soundfold::event_fitting
