// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold {

/// Copies one file's bytes into `target` (replaced), keeping the time of change. Throws DataError, Interrupted.
void copy_file_bytes(const std::filesystem::path& source, const std::filesystem::path& target, const std::string& what);

/// Copies `files` (sorted, relative to `source`) into `target`, file by file. Each file appears whole or not at all;
/// files that an interrupted copy left (same time of change, same bytes) are not copied again, and other files in
/// `target` are removed. Throws DataError, Interrupted. Returns how many files were copied.
std::size_t copy_folder(const std::filesystem::path& source, const std::vector<std::string>& files,
                        const std::filesystem::path& target, const std::string& what);

}  // namespace soundfold
