// SPDX-License-Identifier: Apache-2.0
#include "assets/internal/download.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/progress.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <vector>

namespace soundfold::assets {
namespace fs = std::filesystem;
namespace {

constexpr int kAttempts = 4;
constexpr std::size_t kBlockBytes = 65'536;

std::ofstream opened(const fs::path& part, std::ios::openmode mode) {
  std::ofstream out(part, std::ios::binary | mode);
  if (!out) throw DataError("cannot create " + part.string() + ": " + std::strerror(errno));
  return out;
}

remote::StreamOptions stream_options(std::uintmax_t kept, const DownloadOptions& options) {
  remote::StreamOptions result;
  result.from = kept;
  result.attempts = kAttempts;
  result.first_pause_ms = options.first_pause_ms;
  result.retries_connections = false;
  result.allows_files = true;
  if (options.resume) result.advice = "; run the same command again to resume";
  return result;
}

}  // namespace

bool download(const std::string& url, const fs::path& part, const std::string& what, const DownloadOptions& options) {
  make_folder(part.parent_path());
  auto out = opened(part, options.resume ? std::ios::app : std::ios::trunc);
  const std::uintmax_t kept = fs::file_size(part);
  std::uintmax_t size = kept;
  bool reused = kept > 0;
  remote::Stream stream({url, url}, stream_options(kept, options));
  std::vector<char> block(kBlockBytes);
  std::optional<Progress> progress;
  try {
    while (const std::size_t got = stream.read(block.data(), block.size())) {
      if (!progress) {
        // From a server that does not resume the file comes from its beginning.
        size = stream.position() - got;
        reused = size > 0;
        if (size < kept) out = opened(part, std::ios::trunc);
        progress.emplace("downloading " + what, static_cast<std::int64_t>(stream.size().value_or(0)), "bytes");
        progress->skip(static_cast<std::int64_t>(size));
      }
      if (size + got > options.max_bytes) {
        throw DownloadFailed(what + ": the file at " + url + " is larger than the " + human_size(options.max_bytes) +
                             " expected");
      }
      out.write(block.data(), static_cast<std::streamsize>(got)).flush();
      if (!out) throw DataError("cannot write " + part.string() + ": " + std::strerror(errno));
      size += got;
      progress->advance(static_cast<std::int64_t>(got));
    }
  } catch (const Interrupted& stop) {
    throw Interrupted("interrupted while downloading " + what + "; run the same command again" +
                          (options.resume ? " to resume (" + human_size(size) + " kept)" : ""),
                      stop.signal);
  }
  return reused || stream.resumed();
}

}  // namespace soundfold::assets
