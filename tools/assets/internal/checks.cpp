// SPDX-License-Identifier: Apache-2.0
#include "assets/internal/checks.h"

#include "support/errors.h"
#include "support/file_state.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"
#include "text/csv.h"

#include <algorithm>
#include <fstream>

namespace soundfold::assets {
namespace fs = std::filesystem;
namespace {

/// Adds the table and the files that it lists to `files`. "" or what is wrong with them.
std::string check_listing(const Listing& listing, const fs::path& folder, std::vector<std::string>& files) {
  const CsvTable table = CsvTable::read(folder / listing.table);
  files = {listing.table};
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    const std::string& name = table.at(row, listing.column);
    if (!stays_inside(name)) return table.where(row) + ": the name '" + name + "' leaves the folder";
    files.push_back((fs::path(listing.folder) / name).string());
    const fs::path file = folder / files.back();
    std::error_code failed;
    if (!fs::is_regular_file(file, failed)) return files.back() + " is missing";
    if (fs::file_size(file, failed) == 0) return files.back() + " is empty";
  }
  return table.row_count() == 0 ? listing.table + " lists nothing" : "";
}

fs::path path_of(const fs::path& root, const std::string& file) {
  return file.empty() ? root : root / file;
}

/// A digest of names and states; "recent" when a file changed too recently for its state to be relied on.
std::string state_of(const fs::path& root, const std::vector<std::string>& files) {
  const std::int64_t now = now_ns();
  Hasher hasher(HashKind::xxh3_128);
  for (const auto& file : files) {
    const FileState state = file_state(path_of(root, file));
    if (recently_changed(state, now)) return "recent";
    hasher.update(file + '\n' + state.text() + '\n');
  }
  return hasher.hex_digest();
}

/// A digest of names and bytes.
std::string content_of(const fs::path& root, const std::vector<std::string>& files) {
  Progress progress("checking " + root.filename().string(), static_cast<std::int64_t>(files.size()), "files");
  Hasher hasher(HashKind::xxh3_128);
  for (const auto& file : files) {
    throw_if_interrupted("interrupted while checking " + root.string() + "; run the same command again");
    hasher.update(file + '\n' + hash_file(HashKind::xxh3_128, path_of(root, file)) + '\n');
    progress.advance();
  }
  return hasher.hex_digest();
}

}  // namespace

std::string difference_from(const Expected& expected, const fs::path& file) {
  std::error_code failed;
  const auto size = fs::file_size(file, failed);
  if (failed) throw DataError("cannot read " + file.string() + ": " + failed.message());
  if (size == 0) return "it is empty";
  if (expected.size_bytes != 0 && size != expected.size_bytes) {
    return "it has " + std::to_string(size) + " bytes, expected " + std::to_string(expected.size_bytes);
  }
  if (expected.sha256.empty()) return "";
  const std::string digest = hash_file(HashKind::sha256, file);
  return digest == expected.sha256 ? "" : "its sha256 is " + digest + ", expected " + expected.sha256;
}

FolderCheck check_folder(const Asset& asset, const fs::path& folder) {
  FolderCheck check;
  try {
    check.files = files_in(folder);
    if (check.files.empty()) check.problem = "it holds no files";
    if (!check.problem.empty() || !asset.listing) return check;
    check.problem = check_listing(*asset.listing, folder, check.files);
    const std::string& md5 = asset.listing->full_md5;
    check.whole = md5.empty() || hash_file(HashKind::md5, folder / asset.listing->table) == md5;
  } catch (const DataError& error) {
    check.problem = error.what();
  }
  return check;
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code dangling;
    if (at->path().filename().string().front() == '.') {
      if (at->is_directory(dangling)) at.disable_recursion_pending();
    } else if (at->is_regular_file(dangling)) {
      files.push_back(at->path().lexically_relative(folder).string());
    }
  }
  if (failed) throw DataError("cannot read the folder " + folder.string() + ": " + failed.message());
  std::sort(files.begin(), files.end());
  return files;
}

bool changed_since_stamp(const fs::path& stamp, const fs::path& root, const std::vector<std::string>& files,
                         bool read_all) {
  std::string old_state, old_content;
  std::ifstream lines(stamp);
  const bool known = static_cast<bool>(lines >> old_state >> old_content);
  const std::string state = state_of(root, files);  // before the bytes: what changes in between is noticed later
  if (known && state == old_state && state != "recent" && !read_all) return false;
  const std::string content = content_of(root, files);
  if (known && content != old_content) return true;
  try {
    if (!known || state != old_state) write_file_atomically(stamp, state + '\n' + content + '\n');
  } catch (const DataError& error) {
    logger().debug("{}", error.what());
  }
  return false;
}

}  // namespace soundfold::assets
