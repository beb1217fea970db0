// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "assets/manifest.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::assets {

/// Compares a file with what is known of it. "" when it agrees (or nothing is known), otherwise one phrase that gives
/// the expected and the found value. Throws DataError when it cannot be read.
std::string difference_from(const Expected& expected, const std::filesystem::path& file);

/// What an unpacked folder holds.
struct FolderCheck {
  std::string problem;             ///< "" when everything that must be there is there
  bool whole = true;               ///< false: only a part of the set, consistent with its own listing
  std::vector<std::string> files;  ///< what must be there: the table and the files it lists, or all files_in()
};

/// Checks a folder against an asset's listing: every listed file is there and none is empty. Names in the listing that
/// leave the folder are a problem. Files are not read, except for the table.
FolderCheck check_folder(const Asset& asset, const std::filesystem::path& folder);

/// All regular files of a folder, relative to it and sorted. Hidden names (starting with a dot) are left out and links
/// to folders are not followed. Throws DataError when the folder cannot be read.
std::vector<std::string> files_in(const std::filesystem::path& folder);

/// True when `files` (relative to `root`; "" for `root` itself) have other bytes than when this was called first, which
/// the small file `stamp` remembers. They are read only when a size, time or inode has changed, or with `read_all`. A
/// stamp that is missing or damaged remembers nothing and is written again; one that cannot be written (a read-only
/// folder) costs time later and nothing else. Throws DataError when a file cannot be read, Interrupted.
bool changed_since_stamp(const std::filesystem::path& stamp, const std::filesystem::path& root,
                         const std::vector<std::string>& files, bool read_all);

}  // namespace soundfold::assets
