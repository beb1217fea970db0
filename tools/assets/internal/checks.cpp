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

/// "" or how the folder differs from the whole set.
std::string check_full(const FullSet& full, const fs::path& folder) {
  if (!fs::is_regular_file(folder / full.file)) return full.file + " is missing";
  const std::string digest = hash_file(HashKind::md5, folder / full.file);
  return digest == full.md5 ? "" : full.file + ": its md5 is " + digest + ", expected " + full.md5;
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

void write_lines(const fs::path& stamp, const std::string& rules, const std::string& state,
                 const std::string& content) {
  try {
    write_file_atomically(stamp, hash_bytes(HashKind::xxh3_128, rules) + '\n' + state + '\n' + content + '\n');
  } catch (const DataError& error) {
    spdlog::debug("{}", error.what());
  }
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
    if (check.problem.empty() && asset.listing) check.problem = check_listing(*asset.listing, folder, check.files);
    if (!check.problem.empty() || !asset.full) return check;
    const std::string not_full = check_full(*asset.full, folder);
    check.whole = not_full.empty();
    // Without a listing of its own a part cannot be distinguished from a damaged set.
    if (!asset.listing) check.problem = not_full;
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

Remembered compare_with_stamp(const fs::path& stamp, const std::string& rules, const fs::path& root,
                              const std::vector<std::string>& files, bool read_all) {
  std::string its_rules, its_state, its_content;
  std::ifstream lines(stamp);
  lines >> its_rules >> its_state >> its_content;
  if (!lines || its_rules != hash_bytes(HashKind::xxh3_128, rules)) return Remembered::nothing;
  const std::string state = state_of(root, files);
  if (state == its_state && state != "recent" && !read_all) return Remembered::same;
  if (content_of(root, files) != its_content) return Remembered::other;
  if (state != its_state) write_lines(stamp, rules, state, its_content);
  return Remembered::same;
}

void write_stamp(const fs::path& stamp, const std::string& rules, const fs::path& root,
                 const std::vector<std::string>& files) {
  const std::string state = state_of(root, files);  // before the bytes: what changes in between is noticed later
  write_lines(stamp, rules, state, content_of(root, files));
}

}  // namespace soundfold::assets
