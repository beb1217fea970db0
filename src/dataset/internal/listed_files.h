// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

namespace soundfold::dataset {

/// A relative path as written in a CSV, tidied ("./a//b.wav" becomes "a/b.wav"). Throws DataError, starting with
/// `where`, when it is empty, absolute, holds `..` or a NUL.
std::string tidy_relative_path(const std::string& text, const std::string& where);

/// Checks the files of a data set one by one: each exists, is a regular file, lies within the root with links resolved,
/// and is listed once. One system call per file; folders are resolved once.
class ListedFiles {
 public:
  /// Throws DataError when `root` is not a folder. `option` names where it was given: "data.root".
  ListedFiles(const std::filesystem::path& root, const std::string& option);

  /// Checks `id`, a tidy path below the root; `where` says what listed it. Missing files are collected for
  /// finish(); every other fault is a DataError at once. Returns the file's path.
  std::filesystem::path add(const std::string& id, const std::string& where);

  /// Throws DataError when files were missing: names the first, a similar file if there is one, and the total.
  void finish() const;

 private:
  const std::string& real_folder(const std::string& relative, const std::string& where);
  std::string real_path(const std::string& id, bool is_link, const std::string& where);

  std::filesystem::path root_;
  std::filesystem::path real_root_;
  std::unordered_map<std::string, std::string> real_folders_;  ///< folder below the root -> links resolved
  std::unordered_map<std::string, std::string> seen_;          ///< real path -> where it was listed
  std::size_t added_ = 0;
  std::size_t missing_ = 0;
  std::string first_missing_id_;
  std::string first_missing_where_;
};

/// Throws DataError when `folder` does not exist or is no folder; `option` names where it was given.
void require_folder(const std::filesystem::path& folder, const std::string& option);

/// True when there is something at `path`; never throws (what cannot be looked at counts as absent).
bool is_there(const std::filesystem::path& path) noexcept;

}  // namespace soundfold::dataset
