// SPDX-License-Identifier: Apache-2.0
#include "embeddings/clip_file.h"

#include "support/errors.h"

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace soundfold::embeddings {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

}  // namespace

FileState file_state(const std::filesystem::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) {
    throw DataError(path.string() + ": " + (errno == ENOENT ? "no such file" : std::strerror(errno)));
  }
  if (!S_ISREG(facts.st_mode)) throw DataError(path.string() + ": not a regular file");
  FileState state;
  state.size = static_cast<std::uintmax_t>(facts.st_size);
  state.modified_ns = static_cast<std::int64_t>(facts.st_mtim.tv_sec) * kNsPerSecond + facts.st_mtim.tv_nsec;
  state.inode = facts.st_ino;
  return state;
}

bool recently_modified(const FileState& state, std::int64_t now) {
  return state.modified_ns > now - 2 * kNsPerSecond;
}

std::string absolute_name(const std::string& path) {
  const auto has = [&](const char* part) { return path.find(part) != std::string::npos; };
  const bool plain =
      !path.empty() && path.front() == '/' && path.back() != '.' && !has("//") && !has("/./") && !has("/../");
  return plain ? path : std::filesystem::absolute(path).lexically_normal().string();
}

std::int64_t now_ns() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
}

}  // namespace soundfold::embeddings
