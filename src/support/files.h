// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace soundfold {

/// The whole file as bytes. Throws DataError naming the file when it cannot be read, is not a regular file, or is
/// larger than `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::uintmax_t max_bytes = std::uintmax_t{1} << 32);

/// Writes `bytes` to `path` so that a reader, or a crash at any moment, sees the old file or the whole new one:
/// temporary file in the same folder, fsync, rename, fsync of the folder. Throws DataError; leaves no temporary file.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// The same for content that is produced by `write`, which gets the path of the temporary file, new and empty, and
/// writes or replaces it.
void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(const std::filesystem::path& temporary)>& write);

/// Whether a temporary file of write_file_atomically() was left by a process that was killed: running processes keep
/// theirs locked. False where that cannot be determined: no such file, no permission, a file system without locks.
bool is_abandoned(const std::filesystem::path& temporary);

/// Appends one line to `path` (created when missing) and flushes it to the system. Throws DataError.
void append_line(const std::filesystem::path& path, std::string_view line);

/// Makes `path` and its parents. Throws DataError saying why it could not.
void make_folder(const std::filesystem::path& path);

/// Flushes a file's or a folder's content to the disk. Throws DataError.
void sync_to_disk(const std::filesystem::path& path);

/// A folder of a new name in the system's temporary folder, removed with all that is in it at the end.
class TemporaryFolder {
 public:
  /// The name begins with `name`. Throws DataError when it cannot be made.
  explicit TemporaryFolder(const std::string& name);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The first regular file that `path` goes through as if it were a folder, as of a sound in a tar; empty when there is
/// none. `path` itself is not looked at.
std::filesystem::path file_on_the_way(const std::filesystem::path& path);

/// True when `path`, with `..` and links resolved, lies in `folder` or below. `path` need not exist.
bool lies_within(const std::filesystem::path& path, const std::filesystem::path& folder);

/// `path` from the root on, without "." and ".." and doubled slashes (of the text alone: links are not looked at).
/// Takes a path that is so already, and an address ("https://..."), as it is: std::filesystem is slow for many.
std::string absolute_name(const std::string& path);

/// "12.3 MB", "812 bytes": for messages.
std::string human_size(std::uintmax_t bytes);

}  // namespace soundfold
