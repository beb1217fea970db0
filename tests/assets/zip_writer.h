// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::testing {

/// One entry of a zip archive to be written; hostile ones included.
struct ZipEntry {
  std::string name;
  std::string content;
  std::string link_target;  ///< set: a symbolic link
};

/// Writes a zip archive with exactly these entries, names unchanged.
void write_zip(const std::filesystem::path& path, const std::vector<ZipEntry>& entries);

}  // namespace soundfold::testing
