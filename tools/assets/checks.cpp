// SPDX-License-Identifier: Apache-2.0
#include "assets/checks.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "text/csv.h"

#include <algorithm>

namespace soundfold {
namespace fs = std::filesystem;
namespace {

std::string compare_digest(HashKind kind, const char* name, const std::string& expected, const fs::path& file) {
  if (expected.empty()) return "";
  const std::string got = hash_file(kind, file);
  return got == expected ? "" : std::string("its ") + name + " is " + got + ", expected " + expected;
}

/// "" or what is wrong with the files that the listing names.
std::string check_listing(const Listing& listing, const fs::path& folder) {
  const CsvTable table = CsvTable::read(folder / listing.table);
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    const std::string& name = table.at(row, listing.column);
    if (!stays_inside(name)) return table.where(row) + ": the name '" + name + "' leaves the folder";
    const fs::path file = folder / listing.folder / name;
    std::error_code failed;
    if (!fs::is_regular_file(file, failed)) return (fs::path(listing.folder) / name).string() + " is missing";
    if (fs::file_size(file, failed) == 0) return (fs::path(listing.folder) / name).string() + " is empty";
  }
  return table.row_count() == 0 ? listing.table + " lists nothing" : "";
}

/// "" or how the folder differs from the whole set.
std::string check_full(const FullSet& full, const fs::path& folder) {
  const fs::path file = folder / full.file;
  if (!fs::is_regular_file(file)) return full.file + " is missing";
  if (full.lines != 0) {
    const std::string text = read_file(file, 256'000'000);
    const auto lines = static_cast<std::uintmax_t>(std::count(text.begin(), text.end(), '\n')) +
                       (!text.empty() && text.back() != '\n' ? 1 : 0);
    if (lines != full.lines) {
      return full.file + " has " + std::to_string(lines) + " lines, expected " + std::to_string(full.lines);
    }
  }
  const std::string digest = compare_digest(HashKind::md5, "md5", full.md5, file);
  return digest.empty() ? "" : full.file + ": " + digest;
}

}  // namespace

std::string difference_from(const Expected& expected, const fs::path& file) {
  const auto size = fs::file_size(file);
  if (size == 0) return "it is empty";
  if (expected.size_bytes != 0 && size != expected.size_bytes) {
    return "it has " + std::to_string(size) + " bytes, expected " + std::to_string(expected.size_bytes);
  }
  const std::string wrong = compare_digest(HashKind::sha256, "sha256", expected.sha256, file);
  return wrong.empty() ? compare_digest(HashKind::md5, "md5", expected.md5, file) : wrong;
}

FolderCheck check_folder(const Asset& asset, const fs::path& folder) {
  FolderCheck check;
  try {
    check.files = files_in(folder);
    if (check.files.empty()) check.problem = "it holds no files";
    if (check.problem.empty() && asset.listing) check.problem = check_listing(*asset.listing, folder);
    if (!check.problem.empty() || !asset.full) return check;
    const std::string not_full = check_full(*asset.full, folder);
    check.whole = not_full.empty();
    // Without a listing of its own a part cannot be distinguished from a broken set.
    if (!check.whole && !asset.listing) check.problem = not_full;
  } catch (const DataError& error) {
    check.problem = error.what();
  }
  return check;
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    if (at->path().filename().string().front() == '.') {
      if (at->is_directory()) at.disable_recursion_pending();
      continue;
    }
    std::error_code dangling;
    if (at->is_regular_file(dangling)) files.push_back(at->path().lexically_relative(folder).string());
  }
  if (failed) throw DataError("cannot read the folder " + folder.string() + ": " + failed.message());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace soundfold
