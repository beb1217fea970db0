// SPDX-License-Identifier: Apache-2.0
#include "event_fitting/scored_recording.h"

#include <algorithm>

namespace soundfold::event_fitting {

std::vector<events::ScoredWindow> windows_of(const ScoredRecording& recording, std::size_t class_count,
                                             std::size_t step) {
  std::vector<events::ScoredWindow> windows;
  for (std::size_t i = 0; i < recording.window_count(); i += step) {
    const double start_s = static_cast<double>(i) * recording.hop_s;
    windows.push_back({start_s, std::min(start_s + recording.window_s, recording.seconds),
                       recording.probabilities.data() + i * class_count, recording.levels_dbfs[i],
                       recording.silent[i] != 0});
  }
  return windows;
}

std::vector<events::Event> events_of(const ScoredRecording& recording, const std::vector<std::string>& class_names,
                                     const events::EventRules& rules) {
  return events::find_events(windows_of(recording, class_names.size()), class_names, rules, recording.hop_s,
                             recording.seconds);
}

}  // namespace soundfold::event_fitting
