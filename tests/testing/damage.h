// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::testing {

/// Flips a bit of each byte of `places`, one at a time, and counts the damaged files that `is_refused` does not refuse.
std::size_t unnoticed_flips(const std::string& bytes, const std::vector<std::size_t>& places,
                            const std::function<bool(const std::string& damaged)>& is_refused);

}  // namespace soundfold::testing
