// SPDX-License-Identifier: Apache-2.0
#include "ranks/internal/c10d_group.h"
#include "ranks/join.h"

#include <exception>

namespace soundfold::ranks {

bool can_join() {
  return true;
}

void with_ranks(const Place& place, const std::function<void(Group* group)>& body, const Patience& patience) {
  if (place.size == 1) {
    body(nullptr);
    return;
  }
  C10dGroup group(place, patience);
  try {
    body(&group);
  } catch (const RankLost&) {
    group.leave_early("");
    throw;
  } catch (const std::exception& error) {
    group.leave_early(error.what());
    throw;
  }
  group.leave();
}

}  // namespace soundfold::ranks
