// SPDX-License-Identifier: Apache-2.0
#include "support/files.h"

#include "support/errors.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <random>
#include <regex>
#include <set>
#include <system_error>

namespace soundfold {
namespace fs = std::filesystem;
namespace {

std::string reason() {
  return std::strerror(errno);
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags, mode_t mode = 0644)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

void write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw DataError("cannot write " + path.string() + ": " + reason());
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// An unpredictable name: process numbers are the same in different containers that share a folder.
fs::path temporary_beside(const fs::path& path) {
  static thread_local std::random_device random;
  return path.parent_path() /
         ("." + path.filename().string() + "." + std::to_string(::getpid()) + "-" + std::to_string(random()) + ".tmp");
}

/// Whether `path` still names the file that `descriptor` is open on.
bool is_at(const Descriptor& descriptor, const fs::path& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor.get(), &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/// A new, empty temporary file, locked for as long as the descriptor lives, so that remove_abandoned() can distinguish
/// it from one whose writer was killed.
struct TemporaryFile {
  fs::path path;
  std::unique_ptr<Descriptor> lock;
};

/// Never opens what is there already, be it another program's file or a link that leads elsewhere.
TemporaryFile new_file_beside(const fs::path& target) {
  constexpr int kAttempts = 100;
  for (int attempt = 1;; ++attempt) {
    TemporaryFile file{temporary_beside(target), nullptr};
    file.lock = std::make_unique<Descriptor>(file.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (!*file.lock && (errno != EEXIST || attempt == kAttempts)) {
      throw DataError("cannot create " + file.path.string() + ": " + reason());
    }
    if (!*file.lock) continue;
    const bool locked = ::flock(file.lock->get(), LOCK_EX | LOCK_NB) == 0;
    // Between creating and locking, another program may have taken it for abandoned. File systems without locks give
    // other errors, and nothing is ever removed there.
    if ((!locked && errno == EWOULDBLOCK) || !is_at(*file.lock, file.path)) {
      if (attempt < kAttempts) continue;
      throw DataError("cannot create " + file.path.string() + ": it is removed as soon as it is created");
    }
    return file;
  }
}

/// Removes the temporary files that killed programs left in `folder`; looks only once per folder and process.
void remove_abandoned(const fs::path& folder) {
  static std::mutex guard;
  static std::set<std::string> seen;
  {
    const std::lock_guard<std::mutex> lock(guard);
    if (!seen.insert(folder.string()).second) return;
  }
  static const std::regex ours(R"(\..+\.[0-9]+-[0-9]+\.tmp)");
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (name.front() != '.' || !std::regex_match(name, ours) || !is_abandoned(entry->path())) continue;
    std::error_code ignored;
    fs::remove(entry->path(), ignored);
  }
}

}  // namespace

std::string read_file(const fs::path& path, std::uintmax_t max_bytes) {
  std::error_code failed;
  const auto status = fs::status(path, failed);
  if (status.type() == fs::file_type::not_found) throw DataError(path.string() + ": no such file");
  if (status.type() == fs::file_type::none) throw DataError(path.string() + ": " + failed.message());
  if (!fs::is_regular_file(status)) throw DataError(path.string() + ": not a regular file");
  const auto size = fs::file_size(path, failed);
  if (failed) throw DataError(path.string() + ": " + failed.message());
  if (size > max_bytes) {
    throw DataError(path.string() + ": " + human_size(size) + ", larger than the " + human_size(max_bytes) +
                    " allowed");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) throw DataError("cannot open " + path.string() + ": " + reason());
  std::string bytes(static_cast<std::size_t>(size), '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  if (in.gcount() != static_cast<std::streamsize>(size)) {
    throw DataError(in.bad() ? "cannot read " + path.string() + ": " + reason()
                             : path.string() + ": shorter than its size says");
  }
  return bytes;
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  write_file_atomically(path, [&](const fs::path& temporary) {
    Descriptor file(temporary, O_WRONLY | O_TRUNC | O_NOFOLLOW);
    if (!file) throw DataError("cannot open " + temporary.string() + ": " + reason());
    write_all(file.get(), bytes, temporary);
  });
}

void write_file_atomically(const fs::path& path, const std::function<void(const fs::path&)>& write) {
  const fs::path target = path.has_parent_path() ? path : fs::path(".") / path;
  make_folder(target.parent_path());
  remove_abandoned(target.parent_path());
  const auto [temporary, lock] = new_file_beside(target);
  try {
    write(temporary);
    sync_to_disk(temporary);
    std::error_code failed;
    fs::rename(temporary, target, failed);
    if (failed) throw DataError("cannot move a finished file to " + path.string() + ": " + failed.message());
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
  sync_to_disk(target.parent_path());
}

bool is_abandoned(const fs::path& temporary) {
  struct stat state {};
  if (::lstat(temporary.c_str(), &state) != 0 || !S_ISREG(state.st_mode)) return false;
  const Descriptor file(temporary, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  return file && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

void append_line(const fs::path& path, std::string_view line) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_APPEND);
  if (!file) throw DataError("cannot open " + path.string() + ": " + reason());
  write_all(file.get(), std::string(line) + "\n", path);
}

void make_folder(const fs::path& path) {
  if (path.empty()) return;
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed || !fs::is_directory(path)) {
    throw DataError("cannot make the folder " + path.string() + ": " +
                    (failed ? failed.message() : std::string("a file of that name exists")));
  }
}

void sync_to_disk(const fs::path& path) {
  Descriptor file(path, O_RDONLY);
  if (!file) throw DataError("cannot open " + path.string() + ": " + reason());
  // Some file systems cannot sync a folder and say so with EINVAL; that is not a failure of ours.
  if (::fsync(file.get()) != 0 && errno != EINVAL) throw DataError("cannot flush " + path.string() + ": " + reason());
}

TemporaryFolder::TemporaryFolder(const std::string& name) {
  std::error_code failed;
  const fs::path parent = fs::temp_directory_path(failed);
  if (failed) throw DataError("there is no folder for temporary files: " + failed.message() + "; set TMPDIR to one");
  std::string pattern = (parent / (name + "-XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw DataError("cannot make the temporary folder " + pattern + ": " + reason() + "; set TMPDIR to another place");
  }
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path file_on_the_way(const fs::path& path) {
  fs::path way;
  for (const auto& part : path.parent_path()) {
    way /= part;
    std::error_code failed;
    if (fs::is_regular_file(way, failed)) return way;
  }
  return {};
}

bool lies_within(const fs::path& path, const fs::path& folder) {
  std::error_code failed;
  const fs::path inner = fs::weakly_canonical(path, failed);
  if (failed) return false;
  const fs::path outer = fs::weakly_canonical(folder, failed);
  if (failed) return false;
  auto at = inner.begin();
  for (const auto& part : outer) {
    if (part.empty()) continue;  // a trailing slash
    if (at == inner.end() || *at != part) return false;
    ++at;
  }
  return true;
}

std::string absolute_name(const std::string& path) {
  const auto has = [&](const char* part) { return path.find(part) != std::string::npos; };
  const bool plain =
      !path.empty() && path.front() == '/' && path.back() != '.' && !has("//") && !has("/./") && !has("/../");
  const bool is_address = has("://") && path.find("://") == path.find('/') - 1;
  return plain || is_address ? path : fs::absolute(path).lexically_normal().string();
}

std::string human_size(std::uintmax_t bytes) {
  constexpr std::array<const char*, 4> units = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return std::to_string(bytes) + " bytes";
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (value /= 1000.0; value >= 1000.0 && unit + 1 < units.size(); value /= 1000.0) ++unit;
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", value, units[unit]);
  return text;
}

}  // namespace soundfold
