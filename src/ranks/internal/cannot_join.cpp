// SPDX-License-Identifier: Apache-2.0
#include "ranks/join.h"
#include "support/errors.h"

namespace soundfold::ranks {

bool can_join() {
  return false;
}

void with_ranks(const Place& place, const std::function<void(Group* group)>& body, const Patience& /*patience*/) {
  if (place.size > 1) {
    throw UsageError(
        "this is rank " + std::to_string(place.rank) + " of " + std::to_string(place.size) +
        ", and this build cannot let ranks talk: it was made without Gloo's headers (Debian: libgloo-dev); "
        "--ranks none runs without the others");
  }
  body(nullptr);
}

}  // namespace soundfold::ranks
