// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "assets/manifest.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold {

/// Compares a file with what is known of it. "" when it agrees (or nothing is known), otherwise one phrase that gives
/// the expected and the found value. Throws DataError when it cannot be read.
std::string difference_from(const Expected& expected, const std::filesystem::path& file);

/// What an unpacked folder holds.
struct FolderCheck {
  std::string problem;             ///< "" when everything that must be there is there
  bool whole = true;               ///< false: only a part of the set, consistent with its own listing
  std::vector<std::string> files;  ///< every regular file but hidden ones, relative to the folder, sorted
};

/// Checks a folder against an asset's `complete` rules: every listed file is there and none is empty. Names in the
/// listing that leave the folder are a problem. Files are not read, except for the listing itself.
FolderCheck check_folder(const Asset& asset, const std::filesystem::path& folder);

/// All regular files of a folder, relative to it and sorted. Hidden names (starting with a dot) are left out and links
/// to folders are not followed.
std::vector<std::string> files_in(const std::filesystem::path& folder);

}  // namespace soundfold
