// SPDX-License-Identifier: Apache-2.0
#include "assets/mirror.h"

#include "assets/checks.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/interrupt.h"
#include "support/progress.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace soundfold {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kCopyBlockBytes = 1 << 20;

void stop_if_interrupted(const std::string& what) {
  throw_if_interrupted("interrupted while copying " + what + "; run the same command again to resume");
}

/// True when `copy` holds the bytes of `source`. Size and time only save reading what cannot be equal: another file of
/// the mirror may have both.
bool is_copy_of(const fs::path& copy, const fs::path& source) {
  std::error_code failed;
  if (!fs::is_regular_file(copy, failed) || fs::file_size(copy, failed) != fs::file_size(source, failed)) return false;
  if (fs::last_write_time(copy, failed) != fs::last_write_time(source, failed) || failed) return false;
  return hash_file(HashKind::xxh3_128, copy) == hash_file(HashKind::xxh3_128, source);
}

}  // namespace

void copy_file_bytes(const fs::path& source, const fs::path& target, const std::string& what) {
  std::ifstream in(source, std::ios::binary);
  if (!in) throw DataError("cannot open " + source.string() + ": " + std::strerror(errno));
  std::ofstream out(target, std::ios::binary | std::ios::trunc);
  if (!out) throw DataError("cannot create " + target.string() + ": " + std::strerror(errno));
  std::vector<char> block(std::clamp<std::size_t>(fs::file_size(source), 1, kCopyBlockBytes));
  while (in) {
    stop_if_interrupted(what);
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    out.write(block.data(), in.gcount());
    if (!out) throw DataError("cannot write " + target.string() + ": " + std::strerror(errno));
  }
  if (in.bad()) throw DataError("cannot read " + source.string() + ": " + std::strerror(errno));
  out.close();
  if (!out) throw DataError("cannot write " + target.string() + ": " + std::strerror(errno));
  // The time marks a finished copy: it is set last, so an incomplete copy is never taken for a complete one.
  std::error_code failed;
  fs::last_write_time(target, fs::last_write_time(source), failed);
  if (failed) throw DataError("cannot set the time of " + target.string() + ": " + failed.message());
}

std::size_t copy_folder(const fs::path& source, const std::vector<std::string>& files, const fs::path& target,
                        const std::string& what) {
  Progress progress("copying " + what, static_cast<std::int64_t>(files.size()), "files");
  std::size_t copied = 0;
  for (const auto& file : files) {
    stop_if_interrupted(what);
    const fs::path copy = target / file;
    if (!is_copy_of(copy, source / file)) {
      make_folder(copy.parent_path());
      copy_file_bytes(source / file, copy, what);
      ++copied;
    }
    progress.advance();
  }
  // What an interrupted copy of another mirror left behind does not belong here.
  for (const auto& there : files_in(target)) {
    if (!std::binary_search(files.begin(), files.end(), there)) fs::remove(target / there);
  }
  return copied;
}

}  // namespace soundfold
