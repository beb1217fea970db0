// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/store.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::audit {

/// For files that may hold the same bytes, which is to say that another one of `paths` has their size: the digest of
/// their bytes (xxh3_128). An empty string for all others, for paths that came before (stretches of one recording), and
/// for files that cannot be read: reading them later reports why. What `store` (may be null) remembers is not hashed
/// again, and what is hashed is remembered there. Works on `threads` threads (0: all processors). Throws Interrupted.
std::vector<std::string> digests_of_equal_sizes(const std::vector<std::filesystem::path>& paths, store::Store* store,
                                                int threads);

}  // namespace soundfold::audit
