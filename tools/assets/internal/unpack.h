// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "assets/manifest.h"

#include <filesystem>

namespace soundfold::assets {

/// Unpacks the zip `archive` into `folder`, which must be empty or absent. Only regular files and folders are made, and
/// only inside `folder`: absolute names, `..`, links, devices, encrypted or repeated entries, and more bytes or entries
/// than `limits` allow are refused with a DataError naming archive and entry. Damaged archives (zip's own checksums
/// included) are a DataError too. Throws Interrupted. What was unpacked before a failure is left for the caller to
/// remove.
void unpack_zip(const std::filesystem::path& archive, const std::filesystem::path& folder, const Unpack& limits);

}  // namespace soundfold::assets
