// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/errors.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace soundfold {

/// How long a download waits and how often it tries again.
struct DownloadLimits {
  int connect_timeout_ms = 10'000;           ///< name look-up and connection
  int stalled_after_s = 30;                  ///< gives up an attempt below 1 kB/s for this long
  int attempts = 4;                          ///< in a row without a single new byte
  int first_pause_ms = 500;                  ///< before the second attempt; doubles each time
  std::uintmax_t max_bytes = 8'000'000'000;  ///< refuses more than this
};

/// The network did not provide the file; nothing is wrong on this machine.
struct DownloadFailed : DataError {
  using DataError::DataError;
};

/// The server could not be reached at all: no network, no such host, no server listening.
struct Unreachable : DownloadFailed {
  using DownloadFailed::DownloadFailed;
};

/// Downloads `url` (https, http or file) into `part`, which is kept when the attempt fails or is interrupted: the next
/// call resumes where it stopped when the server still has the same file (compared by ETag or date, kept in
/// `<part>.info`) and from the start otherwise. Broken connections, time-outs and temporary server errors are retried.
/// `what` names the download in messages. Throws Unreachable at once when there is no network, DownloadFailed when the
/// server does not give the file, DataError for what is wrong here, Interrupted on request. Returns true when bytes of
/// an earlier attempt were reused.
bool download(const std::string& url, const std::filesystem::path& part, const std::string& what,
              const DownloadLimits& limits);

/// Removes a partial download and what is remembered of it.
void discard_download(const std::filesystem::path& part);

}  // namespace soundfold
