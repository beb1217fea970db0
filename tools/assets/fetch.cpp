// SPDX-License-Identifier: Apache-2.0
#include "assets/fetch.h"

#include "assets/checks.h"
#include "assets/folder_lock.h"
#include "assets/mirror.h"
#include "assets/stamp.h"
#include "assets/unpack.h"
#include "support/files.h"
#include "support/logging.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace soundfold {
namespace fs = std::filesystem;
namespace {

constexpr int kShortConnectTimeoutMs = 4'000;

/// Everything an asset is checked against, as one text: a stamp made for other rules does not count.
std::string expectation_text(const Asset& asset) {
  std::string text = std::to_string(asset.expected.size_bytes) + "|" + asset.expected.sha256 + "|" + asset.expected.md5;
  if (asset.listing) text += "|" + asset.listing->table + "|" + asset.listing->column + "|" + asset.listing->folder;
  if (asset.full) text += "|" + asset.full->file + "|" + asset.full->md5 + "|" + std::to_string(asset.full->lines);
  return text;
}

std::string host_of(const std::string& url) {
  const auto begin = url.find("://") + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

std::string join(const std::vector<fs::path>& paths) {
  std::string text;
  for (const auto& path : paths) text += (text.empty() ? "" : ", ") + path.string();
  return text;
}

void remove_tree(const fs::path& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  if (failed) throw DataError("cannot remove " + path.string() + ": " + failed.message());
}

void move(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (failed) throw DataError("cannot move " + from.string() + " to " + to.string() + ": " + failed.message());
}

/// Says why a mirror's file is not taken; always false.
bool pass_over(const Asset& asset, const fs::path& source, const std::string& why) {
  spdlog::warn("{}: skipping the mirror's {}: {}", asset.name, source.string(), why);
  return false;
}

/// A record that cannot be written (a read-only folder) costs time later and nothing else.
void remember(const Stamp& stamp, const fs::path& path) {
  try {
    stamp.write(path);
  } catch (const DataError& error) {
    spdlog::debug("{}", error.what());
  }
}

/// A download that received nothing leaves nothing.
void discard_if_empty(const fs::path& part) {
  std::error_code failed;
  if (fs::file_size(part, failed) == 0 && !failed) discard_download(part);
}

/// One call for thousands of files; fsync on each would take minutes on a slow disk.
void sync_file_system_of(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ::syncfs(fd);
  ::close(fd);
}

}  // namespace

std::string to_string(Origin origin) {
  switch (origin) {
    case Origin::already_there:
      return "already there";
    case Origin::mirror:
      return "from the mirror";
    case Origin::network:
      return "from the network";
  }
  return "";
}

Fetcher::Fetcher(Manifest manifest, FetchOptions options)
    : manifest_(std::move(manifest)), options_(std::move(options)) {
  if (!options_.mirror.empty() && !fs::is_directory(options_.mirror)) {
    throw UsageError("mirror " + options_.mirror.string() +
                     ": no such folder; correct --mirror or SOUNDFOLD_MIRROR, or leave it out");
  }
}

fs::path Fetcher::beside(const Asset& asset, const std::string& suffix) const {
  const fs::path target = place(asset);
  return target.parent_path() / ("." + target.filename().string() + suffix);
}

fs::path Fetcher::stamp_path(const Asset& asset) const {
  return options_.data_folder / ".fetched" / (asset.name + ".csv");
}

// ---- looking ----

AssetState Fetcher::inspect(const std::string& name) {
  return look(manifest_.find(name));
}

AssetState Fetcher::look(const Asset& asset) {
  const fs::path path = place(asset);
  std::error_code failed;
  const auto status = fs::status(path, failed);
  AssetState state;
  if (!fs::exists(status)) return state;
  state.kind = AssetState::Kind::damaged;
  if (asset.is_folder() != fs::is_directory(status)) {
    state.problem = asset.is_folder() ? "it is not a folder" : "it is not a file";
    return state;
  }
  return asset.is_folder() ? look_at_folder(asset, path) : look_at_file(asset, path);
}

AssetState Fetcher::look_at_file(const Asset& asset, const fs::path& path) {
  AssetState state;
  state.kind = AssetState::Kind::damaged;
  Stamp stamp = Stamp::read(stamp_path(asset), expectation_text(asset));
  bool touched = false;
  const bool known = !stamp.empty() && stamp.first_difference(path, options_.verify, touched).empty();
  if (!known) {
    state.problem = difference_from(asset.expected, path);
    if (state.problem.empty() && !stamp.empty() && !asset.expected.has_checksum()) {
      state.problem = "it has changed since it was fetched";
    }
    if (!state.problem.empty()) return state;
    stamp = Stamp::take(path, {""}, expectation_text(asset), asset.name);
  }
  if (!known || touched) remember(stamp, stamp_path(asset));
  state.kind = AssetState::Kind::whole;
  state.files = 1;
  state.bytes = stamp.total_bytes();
  return state;
}

AssetState Fetcher::look_at_folder(const Asset& asset, const fs::path& path) {
  AssetState state;
  state.kind = AssetState::Kind::damaged;
  const FolderCheck check = check_folder(asset, path);
  state.problem = check.problem;
  if (!state.problem.empty()) return state;
  Stamp stamp = Stamp::read(stamp_path(asset), expectation_text(asset));
  bool touched = stamp.empty();
  if (stamp.empty()) {
    stamp = Stamp::take(path, check.files, expectation_text(asset), asset.name);
  } else if (const std::string changed = stamp.first_difference(path, options_.verify, touched); !changed.empty()) {
    state.problem = changed + " is missing or has changed since it was fetched";
    return state;
  }
  if (touched) remember(stamp, stamp_path(asset));
  state.kind = check.whole ? AssetState::Kind::whole : AssetState::Kind::part;
  state.files = stamp.file_count();
  state.bytes = stamp.total_bytes();
  return state;
}

// ---- putting in place ----

/// The last step: what is finished and checked gets its final name. The stamp is removed first and written last, so a
/// crash in between only costs another reading.
void Fetcher::put_in_place(const fs::path& finished, const Asset& asset, const std::vector<std::string>& files) {
  const fs::path target = place(asset);
  const fs::path old = beside(asset, ".old");
  if (asset.is_folder()) {
    sync_file_system_of(finished);
  } else {
    sync_to_disk(finished);
  }
  remove_tree(stamp_path(asset));
  remove_tree(old);
  const bool replaces = fs::exists(fs::symlink_status(target));
  if (replaces) move(target, old);
  move(finished, target);
  sync_to_disk(target.parent_path());
  remove_tree(old);
  Stamp::take(target, files, expectation_text(asset), asset.name).write(stamp_path(asset));
}

void Fetcher::unpack_into_place(const fs::path& archive, const Asset& asset) {
  const fs::path unpacked = beside(asset, ".unpacking");
  remove_tree(unpacked);
  try {
    unpack_zip(archive, unpacked, *asset.unpack);
    const FolderCheck check = check_folder(asset, unpacked);
    const std::string problem = check.problem.empty() && !check.whole
                                    ? asset.full->file + " is not that of the whole set the manifest names"
                                    : check.problem;
    if (!problem.empty())
      throw DataError("the archive " + archive.string() + " is not a complete " + asset.name + ": " + problem);
    put_in_place(unpacked, asset, check.files);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(unpacked, ignored);
    throw;
  }
}

// ---- mirror ----

/// Fetches from one candidate; false, with a warning, when its content is not what the manifest says.
bool Fetcher::take_from(const fs::path& source, const Asset& asset) {
  const bool folder = fs::is_directory(source);
  if (folder && asset.is_folder()) {
    const FolderCheck check = check_folder(asset, source);
    if (!check.problem.empty()) return pass_over(asset, source, check.problem);
    copy_folder(source, check.files, beside(asset, ".copying"), asset.name);
    put_in_place(beside(asset, ".copying"), asset, check.files);
    return true;
  }
  if (asset.is_folder()) {
    const std::string problem = difference_from(asset.expected, source);
    if (!problem.empty()) return pass_over(asset, source, problem);
    unpack_into_place(source, asset);
    return true;
  }
  if (folder) return pass_over(asset, source, "it is a folder");
  const fs::path copy = beside(asset, ".copying");
  make_folder(copy.parent_path());
  copy_file_bytes(source, copy, asset.name);
  // The copy is checked, not its source: the result is what matters.
  const std::string problem = difference_from(asset.expected, copy);
  if (!problem.empty()) {
    remove_tree(copy);
    return pass_over(asset, source, problem);
  }
  put_in_place(copy, asset, {""});
  return true;
}

bool Fetcher::from_mirror(const Asset& asset) {
  if (options_.mirror.empty()) return false;
  for (const auto& candidate : asset.mirror) {
    const fs::path source = options_.mirror / candidate;
    if (!fs::exists(source)) continue;
    try {
      if (take_from(source, asset)) return true;
    } catch (const DataError& error) {
      pass_over(asset, source, error.what());
    }
  }
  return false;
}

/// Whatever its state. A damaged copy is worth a warning, a missing one is not.
bool Fetcher::mirror_holds(const Asset& asset) const {
  if (options_.mirror.empty()) return false;
  std::error_code ignored;
  return std::any_of(asset.mirror.begin(), asset.mirror.end(), [&](const fs::path& candidate) {
    return fs::exists(fs::symlink_status(options_.mirror / candidate, ignored));
  });
}

// ---- network ----

void Fetcher::from_network(const Asset& asset, const DownloadLimits& given) {
  const std::string host = host_of(asset.url);
  if (unreachable_hosts_.count(host) != 0) throw Unreachable("no connection to " + host);
  DownloadLimits limits = given;
  if (asset.expected.size_bytes != 0) limits.max_bytes = asset.expected.size_bytes;
  const fs::path part = beside(asset, ".part");
  for (bool again = true; again;) {
    bool reused = false;
    try {
      reused = download(asset.url, part, asset.name, limits);
    } catch (const Unreachable&) {
      discard_if_empty(part);
      unreachable_hosts_.insert(host);
      throw;
    } catch (const std::exception&) {
      discard_if_empty(part);
      throw;
    }
    const std::string problem = difference_from(asset.expected, part);
    if (problem.empty()) break;
    discard_download(part);
    // A file that changed on the server between two attempts is a mixture; a fresh download settles it.
    again = reused;
    if (!again)
      throw DownloadFailed("what " + asset.url + " sent is not the expected file: " + problem + "; it was removed");
    spdlog::warn("{}: the resumed download is damaged ({}); starting over", asset.name, problem);
  }
  if (asset.is_folder()) {
    try {
      unpack_into_place(part, asset);
    } catch (const DataError&) {
      discard_download(part);  // an archive that cannot be used must not be found again next time
      throw;
    }
  } else {
    put_in_place(part, asset, {""});
  }
  discard_download(part);
}

std::string Fetcher::failure(const Asset& asset, const std::string& network_problem) const {
  std::string text = asset.name + ": ";
  if (options_.mirror.empty()) {
    text += "no mirror is set";
  } else {
    text += "the mirror " + options_.mirror.string() + " has no good " + join(asset.mirror);
  }
  return text + ", and " + network_problem + "; get it from " + asset.url +
         " on a machine with a network, put it into a folder as " + asset.mirror.front().string() +
         ", and set SOUNDFOLD_MIRROR to that folder";
}

// ---- the two ways in ----

FetchResult Fetcher::result(const Asset& asset, Origin origin) {
  FetchResult result{asset.name, origin, place(asset), {}};
  // The stamp was just written: this looks at sizes and times only.
  const bool verify = std::exchange(options_.verify, false);
  result.state = look(asset);
  options_.verify = verify;
  return result;
}

FetchResult Fetcher::fetch(const std::string& name) {
  return fetch_any({name});
}

/// Removes what a fetch that was killed after its last step left beside an asset that is there, unless another fetch is
/// at work.
void Fetcher::tidy(const Asset& asset) const {
  std::vector<fs::path> left;
  for (const auto* suffix : {".part", ".part.info", ".copying", ".unpacking", ".old"}) {
    if (fs::exists(fs::symlink_status(beside(asset, suffix)))) left.push_back(beside(asset, suffix));
  }
  if (left.empty()) return;
  const auto lock = FolderLock::if_free(options_.data_folder / ".fetched" / "lock");
  std::error_code ignored;
  for (const auto& path : left) {
    if (lock) fs::remove_all(path, ignored);
  }
}

std::optional<FetchResult> Fetcher::already_there(const std::vector<std::string>& names, bool warn_damaged) {
  for (const auto& name : names) {
    const Asset& asset = manifest_.find(name);
    const AssetState state = look(asset);
    if (state.usable()) return FetchResult{name, Origin::already_there, place(asset), state};
    if (warn_damaged && state.kind == AssetState::Kind::damaged) {
      spdlog::warn("{}: {} cannot be used: {}; fetching it again", name, place(asset).string(), state.problem);
    }
  }
  return std::nullopt;
}

FetchResult Fetcher::fetch_any(const std::vector<std::string>& names) {
  if (names.empty()) throw UsageError("name at least one asset");
  for (const auto& name : names) manifest_.find(name);
  if (const auto there = already_there(names, false)) {
    tidy(manifest_.find(there->name));
    return *there;
  }
  // From here on the folder changes. Another process may have fetched the same while we waited for our turn.
  const FolderLock lock(options_.data_folder / ".fetched" / "lock");
  if (const auto there = already_there(names, true)) return *there;
  std::string failures;
  bool broken = false;
  for (const auto& name : names) {
    const Asset& asset = manifest_.find(name);
    if (from_mirror(asset)) return result(asset, Origin::mirror);
    DownloadLimits limits = options_.limits;
    if (names.size() > 1) limits.connect_timeout_ms = std::min(limits.connect_timeout_ms, kShortConnectTimeoutMs);
    try {
      from_network(asset, limits);
      return result(asset, Origin::network);
    } catch (const DataError& error) {
      if (names.size() > 1) spdlog::info("{}: unavailable: {}", name, error.what());
      failures += (failures.empty() ? "" : " | ") + failure(asset, error.what());
      broken = broken || mirror_holds(asset) || look(asset).kind == AssetState::Kind::damaged ||
               dynamic_cast<const DownloadFailed*>(&error) == nullptr;
    }
  }
  if (broken) throw DataError(failures);
  throw Unavailable(failures);
}

}  // namespace soundfold
