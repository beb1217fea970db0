// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace soundfold {

/// "shard-{000..002}.tar" as its names, shard-000.tar to shard-002.tar: ranges of whole numbers as shells have them,
/// each with as many digits as the first one. Several ranges give all their combinations, the last one fastest. A text
/// without a range is its only name. Throws UsageError for a range that runs backwards and for more than a million
/// names.
std::vector<std::string> expanded_ranges(const std::string& text);

}  // namespace soundfold
