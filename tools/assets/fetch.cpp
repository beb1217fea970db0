// SPDX-License-Identifier: Apache-2.0
#include "assets/fetch.h"

#include "assets/internal/checks.h"
#include "assets/internal/download.h"
#include "assets/internal/unpack.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>
#include <utility>

namespace soundfold::assets {
namespace fs = std::filesystem;
namespace {

constexpr const char* kDownload = ".part";  ///< kept when interrupted
constexpr const char* kFinished = ".new";   ///< to be put in place
constexpr const char* kReplaced = ".old";
constexpr const char* kSuffixes[] = {kDownload, kFinished, kReplaced};

/// Locks a file as long as the result lives, so that two processes do not fetch into one folder at once. Waits, saying
/// so, while another process holds it. Throws DataError, Interrupted.
std::shared_ptr<void> lock_folder(const fs::path& folder) {
  const fs::path file = folder / ".fetched" / "lock";
  make_folder(file.parent_path());
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) throw DataError("cannot open " + file.string() + ": " + std::strerror(errno));
  const std::shared_ptr<void> held(nullptr, [fd](void*) { ::close(fd); });
  for (bool logged = false; ::flock(fd, LOCK_EX | LOCK_NB) != 0; logged = true) {
    // Some network file systems have no locks; then two fetches at once must be avoided by the user.
    if (errno != EWOULDBLOCK && errno != EINTR)
      throw DataError("cannot lock " + file.string() + ": " + std::strerror(errno));
    throw_if_interrupted("interrupted while waiting for another fetch");
    if (!logged) logger().info("another fetch into {} is running; waiting for it", folder.string());
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return held;
}

void remove_tree(const fs::path& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  if (failed) throw DataError("cannot remove " + path.string() + ": " + failed.message());
}

void move_to(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (failed) throw DataError("cannot move " + from.string() + " to " + to.string() + ": " + failed.message());
}

void copy_file_to(const fs::path& source, const fs::path& target, Progress& progress) {
  make_folder(target.parent_path());
  std::ifstream in(source, std::ios::binary);
  if (!in) throw DataError("cannot open " + source.string() + ": " + std::strerror(errno));
  std::ofstream out(target, std::ios::binary);
  if (!out) throw DataError("cannot create " + target.string() + ": " + std::strerror(errno));
  std::vector<char> block(1 << 16);
  while (in && out) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    out.write(block.data(), in.gcount());
    progress.advance(in.gcount());
  }
  if (in.bad()) throw DataError("cannot read " + source.string() + ": " + std::strerror(errno));
  if (out) out.close();
  if (!out) throw DataError("cannot write " + target.string() + ": " + std::strerror(errno));
}

void copy_all(const fs::path& source, const fs::path& target, const std::string& what) {
  const auto files = files_in(source);
  std::uintmax_t bytes = 0;
  for (const auto& file : files) bytes += fs::file_size(source / file);
  Progress progress("copying " + what, static_cast<std::int64_t>(bytes), "bytes");
  for (const auto& file : files) {
    throw_if_interrupted("interrupted while copying " + what + "; run the same command again");
    copy_file_to(source / file, target / file, progress);
  }
}

/// One call for thousands of files: fsync on each would take minutes.
void sync_file_system_of(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ::syncfs(fd);
  ::close(fd);
}

}  // namespace

Fetcher::Fetcher(Manifest manifest, FetchOptions options)
    : manifest_(std::move(manifest)), options_(std::move(options)) {
  if (!options_.mirror.empty() && !fs::is_directory(options_.mirror)) {
    throw UsageError("mirror " + options_.mirror.string() +
                     ": no such folder; correct --mirror or SOUNDFOLD_MIRROR, or leave it out");
  }
}

/// True when a fetch that was killed in its last step left something beside the asset.
bool Fetcher::left_over(const Asset& asset) const {
  return std::any_of(std::begin(kSuffixes), std::end(kSuffixes),
                     [&](const char* suffix) { return fs::exists(fs::symlink_status(beside(asset, suffix))); });
}

AssetState Fetcher::look(const Asset& asset, bool read_all) const {
  AssetState state;
  const fs::path path = place(asset);
  std::error_code failed;
  const auto status = fs::status(path, failed);
  if (!fs::exists(status)) return state;
  state.kind = AssetState::Kind::damaged;
  if (asset.is_folder() ? !fs::is_directory(status) : !fs::is_regular_file(status)) {
    state.problem = asset.is_folder() ? "it is not a folder" : "it is not a file";
    return state;
  }
  const FolderCheck check = asset.is_folder() ? check_folder(asset, path) : FolderCheck{"", true, {""}};
  state.problem = check.problem;
  if (!state.problem.empty()) return state;
  if (!asset.is_folder()) state.problem = difference_from(asset.expected, path);
  // What has no checksum is compared with what was fetched; that of an archive says nothing of its files.
  const bool verified = !asset.is_folder() && !asset.expected.sha256.empty();
  if (state.problem.empty() && !verified && changed_since_stamp(stamp(asset), path, check.files, read_all))
    state.problem = "it has changed since it was fetched";
  if (!state.problem.empty()) return state;
  state.kind = check.whole ? AssetState::Kind::whole : AssetState::Kind::part;
  state.files = check.files.size();
  for (const auto& file : check.files) state.bytes += fs::file_size(file.empty() ? path : path / file);
  return state;
}

std::optional<FetchResult> Fetcher::already_there(const std::vector<std::string>& names, bool warn_damaged) const {
  for (const auto& name : names) {
    const Asset& asset = manifest_.find(name);
    const AssetState state = look(asset, options_.verify);
    if (state.usable()) return FetchResult{name, Origin::already_there, place(asset), state};
    if (warn_damaged && state.kind == AssetState::Kind::damaged)
      logger().warn("{}: {} cannot be used: {}; fetching it again", name, place(asset).string(), state.problem);
  }
  return std::nullopt;
}

/// The last step: what is finished and checked gets its final name. The old stamp is removed first; the first look at
/// what is new writes another.
void Fetcher::put_in_place(const Asset& asset) const {
  const fs::path target = place(asset), finished = beside(asset, kFinished), replaced = beside(asset, kReplaced);
  sync_file_system_of(finished);
  remove_tree(stamp(asset));
  remove_tree(replaced);
  if (fs::exists(fs::symlink_status(target))) move_to(target, replaced);
  move_to(finished, target);
  sync_to_disk(target.parent_path());
  remove_tree(replaced);
  remove_tree(beside(asset, kDownload));
}

void Fetcher::unpack_into_place(const fs::path& archive, const Asset& asset) const {
  unpack_zip(archive, beside(asset, kFinished), *asset.unpack);
  FolderCheck check = check_folder(asset, beside(asset, kFinished));
  if (check.problem.empty() && !check.whole)
    check.problem = asset.listing->table + " is not that of the whole set the manifest names";
  if (!check.problem.empty())
    throw DataError("the archive " + archive.string() + " is not a complete " + asset.name + ": " + check.problem);
  put_in_place(asset);
}

/// Throws DataError when `source` is not what the manifest says.
void Fetcher::take_from(const fs::path& source, const Asset& asset) const {
  const fs::path copy = beside(asset, kFinished);
  remove_tree(copy);
  if (fs::is_directory(source)) {
    if (!asset.is_folder()) throw DataError("it is a folder");
    const FolderCheck check = check_folder(asset, source);
    if (!check.problem.empty()) throw DataError(check.problem);
    copy_all(source, copy, asset.name);
    return put_in_place(asset);
  }
  if (!asset.is_folder()) {
    Progress progress("copying " + asset.name, static_cast<std::int64_t>(fs::file_size(source)), "bytes");
    copy_file_to(source, copy, progress);
  }
  // The copy is checked, not its source: the result is what matters.
  const std::string problem = difference_from(asset.expected, asset.is_folder() ? source : copy);
  if (!problem.empty()) throw DataError(problem);
  if (asset.is_folder()) return unpack_into_place(source, asset);
  put_in_place(asset);
}

bool Fetcher::from_mirror(const Asset& asset, bool& holds_it) const {
  if (options_.mirror.empty()) return false;
  for (const auto& candidate : asset.mirror) {
    const fs::path source = options_.mirror / candidate;
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(source, ignored))) continue;
    holds_it = true;
    try {
      take_from(source, asset);
      return true;
    } catch (const DataError& error) {
      logger().warn("{}: skipping the mirror's {}: {}", asset.name, source.string(), error.what());
      remove_tree(beside(asset, kFinished));
    }
  }
  return false;
}

void Fetcher::from_network(const Asset& asset) {
  const std::string host = host_of(asset.url);
  if (unreachable_hosts_.count(host) != 0) throw Unreachable("no connection to " + host);
  const fs::path part = beside(asset, kDownload), finished = beside(asset, kFinished);
  DownloadOptions options;
  options.first_pause_ms = options_.first_pause_ms;
  if (asset.expected.size_bytes != 0) options.max_bytes = asset.expected.size_bytes;
  // Only what can be verified afterwards is resumed: a zip archive has checksums of its own.
  options.resume = asset.url.rfind("http", 0) == 0 && (asset.is_folder() || !asset.expected.sha256.empty());
  try {
    const bool reused = download(asset.url, part, asset.name, options);
    std::string problem = difference_from(asset.expected, part);
    if (reused && !problem.empty()) {
      logger().warn("{}: the resumed download is damaged ({}); starting over", asset.name, problem);
      options.resume = false;
      download(asset.url, part, asset.name, options);
      problem = difference_from(asset.expected, part);
    }
    if (!problem.empty()) {
      remove_tree(part);
      throw DownloadFailed("what " + asset.url + " sent is not the expected file: " + problem + "; it was removed");
    }
  } catch (const DataError& error) {
    if (dynamic_cast<const Unreachable*>(&error) != nullptr) unreachable_hosts_.insert(host);
    std::error_code none;
    if (fs::file_size(part, none) == 0) fs::remove(part, none);
    throw;
  }
  remove_tree(finished);
  try {
    if (asset.is_folder()) return unpack_into_place(part, asset);
    move_to(part, finished);
    put_in_place(asset);
  } catch (const DataError&) {
    remove_tree(finished);
    remove_tree(part);  // an archive that cannot be used must not be found again next time
    throw;
  }
}

std::string Fetcher::failure(const Asset& asset, const std::string& network_problem) const {
  std::string text = asset.name + ": no mirror is set";
  if (!options_.mirror.empty()) {
    text = asset.name + ": the mirror " + options_.mirror.string() + " has no good ";
    for (const auto& path : asset.mirror) text += (&path == &asset.mirror.front() ? "" : ", ") + path.string();
  }
  return text + ", and " + network_problem + "; get it from " + asset.url +
         " on a machine with a network, put it into a folder as " + asset.mirror.front().string() +
         ", and set SOUNDFOLD_MIRROR to that folder";
}

FetchResult Fetcher::fetch_any(const std::vector<std::string>& names) {
  if (names.empty()) throw UsageError("name at least one asset");
  for (const auto& name : names) manifest_.find(name);
  if (const auto there = already_there(names, false); there && !left_over(manifest_.find(there->name))) return *there;
  // From here on the folder changes. Another process may have fetched the same while we waited for our turn.
  const auto lock = lock_folder(options_.data_folder);
  if (const auto there = already_there(names, true)) {
    for (const char* suffix : kSuffixes) remove_tree(beside(manifest_.find(there->name), suffix));
    return *there;
  }
  std::string failures;
  bool broken = false;
  for (const auto& name : names) {
    const Asset& asset = manifest_.find(name);
    bool on_mirror = false;
    if (from_mirror(asset, on_mirror)) return {name, Origin::mirror, place(asset), look(asset, false)};
    try {
      from_network(asset);
      return {name, Origin::network, place(asset), look(asset, false)};
    } catch (const DataError& error) {
      if (names.size() > 1) logger().info("{}: unavailable: {}", name, error.what());
      failures += (failures.empty() ? "" : " | ") + failure(asset, error.what());
      broken = broken || on_mirror || look(asset, false).kind == AssetState::Kind::damaged ||
               dynamic_cast<const DownloadFailed*>(&error) == nullptr;
    }
  }
  if (broken) throw DataError(failures);
  throw Unavailable(failures);
}

}  // namespace soundfold::assets
