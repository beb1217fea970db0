// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

namespace soundfold::runs {

/// Keeps the folder of a run to this process until the result and its copies are gone, also when the process is killed.
/// Null on file systems without locks. Throws UsageError when another process has it.
std::shared_ptr<void> lock_run(const std::filesystem::path& folder);

}  // namespace soundfold::runs
