// SPDX-License-Identifier: Apache-2.0
#include "events/event.h"

#include <algorithm>
#include <tuple>

namespace soundfold::events {

void sort_events(std::vector<Event>& events) {
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::tie(a.start_s, a.end_s, a.label) < std::tie(b.start_s, b.end_s, b.label);
  });
}

}  // namespace soundfold::events
