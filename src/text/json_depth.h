// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace soundfold {

/// Far above what any of our files has.
inline constexpr std::size_t kMaxJsonDepth = 100;

/// Whether arrays and objects of a JSON text lie more than `most` deep. A parsed value of a million levels ends the
/// process when it is copied, compared or written, because those call themselves for each level. The text need not be
/// valid.
bool nested_deeper_than(std::string_view json, std::size_t most = kMaxJsonDepth);

}  // namespace soundfold
