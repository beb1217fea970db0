// SPDX-License-Identifier: Apache-2.0
#include "dataset/internal/listed_files.h"

#include "dataset/wording.h"
#include "support/errors.h"
#include "support/files.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>
#include <string_view>

namespace soundfold::dataset {
namespace fs = std::filesystem;
namespace {

std::string lower_stem(const fs::path& path) {
  return lower_case(path.stem().string());
}

/// The file beside `path` that differs only in extension or case, the first by name; empty when there is none.
std::string similar_file(const fs::path& path) {
  std::string similar;
  std::error_code failed;
  for (fs::directory_iterator entry(path.parent_path(), failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (lower_stem(name) == lower_stem(path) && (similar.empty() || name < similar)) similar = name;
  }
  return similar;
}

bool is_utf8(const std::string& text) {
  try {
    tidy_name(text);
  } catch (const DataError&) {
    return false;
  }
  return true;
}

[[noreturn]] void refuse_outside(const std::string& id, const std::string& where, const fs::path& root) {
  throw DataError(where + ": " + in_quotes(id) + " is or goes through a link that leads out of the root " +
                  in_quotes(root.string()) + "; put the file itself below the root");
}

}  // namespace

void require_folder(const fs::path& folder, const std::string& option) {
  std::error_code failed;
  const fs::file_status status = fs::status(folder, failed);
  if (fs::is_directory(status)) return;
  const bool exists = fs::exists(status);
  std::string message = option + ": " + in_quotes(folder.string());
  message += exists ? " is not a folder" : " does not exist";
  if (folder.is_relative()) message += " (looked for from " + in_quotes(fs::current_path(failed).string()) + ")";
  throw DataError(message + "; give the folder that holds the data set");
}

bool is_there(const fs::path& path) noexcept {
  std::error_code failed;
  return fs::exists(path, failed);
}

std::string tidy_relative_path(const std::string& text, const std::string& where) {
  if (text.empty()) throw DataError(where + ": the path is empty");
  if (text.front() == '/') {
    throw DataError(where + ": the path " + in_quotes(text) + " is absolute; write it relative to the root");
  }
  if (text.find('\0') != std::string::npos)
    throw DataError(where + ": the path " + in_quotes(text) + " holds a NUL byte");
  std::string tidy;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('/', start), text.size());
    const std::string_view part(text.data() + start, end - start);
    if (part == "..") {
      throw DataError(where + ": the path " + in_quotes(text) +
                      " holds '..'; write it relative to the root without '..'");
    }
    if (!part.empty() && part != ".") tidy.append(tidy.empty() ? "" : "/").append(part);
    start = end + 1;
  }
  if (tidy.empty()) throw DataError(where + ": the path " + in_quotes(text) + " names no file");
  return tidy;
}

ListedFiles::ListedFiles(const fs::path& root, const std::string& option) : root_(root) {
  require_folder(root, option);
  std::error_code failed;
  real_root_ = fs::canonical(root, failed);
  if (failed) throw DataError(option + ": " + in_quotes(root.string()) + " cannot be resolved: " + failed.message());
}

fs::path ListedFiles::add(const std::string& id, const std::string& where) {
  ++added_;
  const fs::path path = root_ / id;
  std::error_code failed;
  fs::file_status status = fs::symlink_status(path, failed);
  const bool is_link = fs::is_symlink(status);
  if (is_link) status = fs::status(path, failed);
  if (status.type() == fs::file_type::not_found) {
    if (missing_++ == 0) {
      first_missing_id_ = id;
      first_missing_where_ = where;
    }
    return path;
  }
  if (status.type() == fs::file_type::none) {
    throw DataError(where + ": " + in_quotes(path.string()) + " cannot be looked at: " + failed.message());
  }
  if (!fs::is_regular_file(status)) {
    throw DataError(where + ": " + in_quotes(path.string()) + " is not a regular file; a sound file is expected");
  }
  const auto [first, is_new] = seen_.emplace(real_path(id, is_link, where), where);
  if (!is_new) {
    throw DataError(where + ": the file " + in_quotes(id) + " is already listed at " + first->second +
                    "; list each file once");
  }
  return path;
}

void ListedFiles::finish() const {
  if (missing_ == 0) return;
  const fs::path path = root_ / first_missing_id_;
  std::string message = first_missing_where_ + ": " + in_quotes(path.string()) + " does not exist";
  const std::string similar = similar_file(path);
  if (const auto file = file_on_the_way(path); !file.empty()) {
    message += ": " + in_quotes(file.string()) + " is a file; if it is a tar, unpack it into a folder of its name";
  } else if (!similar.empty()) {
    message += ", but " + in_quotes(similar) + " is beside it: write that name into the CSV if it is the one";
  } else if (first_missing_id_.find('\\') != std::string::npos) {
    message += "; separate folders by '/', not '\\'";
  } else if (!is_utf8(first_missing_id_)) {
    message += "; the list is not UTF-8; convert it: iconv -f LATIN1 -t UTF-8 OLD.csv > NEW.csv";
  } else {
    message += "; check the root, or fetch the data again";
  }
  if (missing_ > 1) message += " (missing: " + grouped(missing_) + " of " + grouped(added_) + " listed files)";
  throw DataError(message);
}

const std::string& ListedFiles::real_folder(const std::string& relative, const std::string& where) {
  const auto known = real_folders_.find(relative);
  if (known != real_folders_.end()) return known->second;
  std::error_code failed;
  const fs::path real = fs::canonical(root_ / relative, failed);
  if (failed || !lies_within(real, real_root_)) refuse_outside(relative, where, root_);
  return real_folders_.emplace(relative, real.string()).first->second;
}

std::string ListedFiles::real_path(const std::string& id, bool is_link, const std::string& where) {
  const std::size_t slash = id.rfind('/');
  const std::string& folder = real_folder(slash == std::string::npos ? "" : id.substr(0, slash), where);
  if (!is_link) return folder + "/" + id.substr(slash == std::string::npos ? 0 : slash + 1);
  std::error_code failed;
  const fs::path target = fs::canonical(root_ / id, failed);
  if (failed || !lies_within(target, real_root_)) refuse_outside(id, where, root_);
  return target.string();
}

}  // namespace soundfold::dataset
