// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ranks/group.h"
#include "ranks/place.h"

#include <chrono>
#include <functional>

namespace soundfold::ranks {

/// How long ranks wait for each other.
struct Patience {
  std::chrono::milliseconds to_meet = std::chrono::minutes(5);  ///< until all ranks are there
  /// Without any sign of life, which all ranks give twice a second, a rank is missing.
  std::chrono::milliseconds silence = std::chrono::seconds(60);
  /// The same once a connection has broken.
  std::chrono::milliseconds silence_in_trouble = std::chrono::seconds(3);
};

/// Whether this build has what ranks talk by: LibTorch's c10d with Gloo, and Gloo's headers.
bool can_join();

/// Meets the other ranks, runs `body` with the group and leaves it: an error of `body` is passed on, and the other
/// ranks are told of it. With one rank `body` gets null and nothing else happens. Throws UsageError when this build
/// cannot join, or the meeting place is taken; DataError naming the ranks that did not come; what `body` throws.
void with_ranks(const Place& place, const std::function<void(Group* group)>& body, const Patience& patience = {});

}  // namespace soundfold::ranks
