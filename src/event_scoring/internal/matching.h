// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

/// Private to this room.
namespace soundfold::event_scoring {

/// Which rights each left could be paired with.
using Partners = std::vector<std::vector<std::size_t>>;

/// As many pairs as there can be, each left and each right in at most one (Berge 1957: a matching is largest when no
/// alternating path is left): the right of each left, or nothing. Partners that come first are tried first.
std::vector<std::optional<std::size_t>> largest_matching(const Partners& partners, std::size_t right_count);

}  // namespace soundfold::event_scoring
