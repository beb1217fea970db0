// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event.h"
#include "frontend/stretch.h"

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::annotations {

struct StretchRules {
  double window_share = 0.5;  ///< see frontend::Stretch
  double event_share = 0.5;
  double negatives_per_event = 0;  ///< stretches without any event, for each event; fewer where there are not so many
  bool multi_label = false;
};

/// A stretch of a recording, and what occurs in it.
struct LabelledStretch {
  std::size_t recording = 0;
  frontend::Stretch stretch;
  std::vector<std::string> labels;  ///< sorted; none: no event. One, unless several may occur at once
};

struct LabelledStretches {
  std::vector<LabelledStretch> list;    ///< by recording and start
  std::size_t events = 0;               ///< of them, with a label
  std::size_t left_out = 0;             ///< events that overlap one of another label, where a clip has one label
  std::size_t negatives_there_are = 0;  ///< of which some were drawn
};

/// The events of `recordings` and stretches of the time between them. An event without a label takes up time and is
/// nothing else. Where a stretch may have several labels, it has those of other events too, if they cover at least
/// window_share of it or lie in it with event_share of their length; otherwise events that overlap one of another label
/// are left out. Events of equal times are one stretch.
///
/// Time without events is cut into stretches of 5 s, and what is left of 1.5 s and more; only windows that lie in them
/// as a whole are theirs. Which of them are taken is drawn by a hash of recording and time: the same in every run.
LabelledStretches stretches_of(const std::vector<events::Recording>& recordings, const StretchRules& rules);

}  // namespace soundfold::annotations
