// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace soundfold::store {

/// `path` from the root on, without "." and ".." and doubled slashes (of the text alone: links are not looked at).
/// Takes a path that is so already as it is, which std::filesystem takes microseconds for.
std::string absolute_name(const std::string& path);

}  // namespace soundfold::store
