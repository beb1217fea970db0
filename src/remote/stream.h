// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "remote/address.h"
#include "support/errors.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace soundfold::remote {

/// The network did not provide the file; nothing is wrong on this machine.
struct DownloadFailed : DataError {
  using DataError::DataError;
};

/// The server could not be reached at all: no network, no such host, no server listening.
struct Unreachable : DownloadFailed {
  using DownloadFailed::DownloadFailed;
};

struct StreamOptions {
  std::uintmax_t from = 0;          ///< the first byte that is wanted
  int attempts = 5;                 ///< in a row, without a new byte
  int first_pause_ms = 500;         ///< before the second attempt; doubles each time
  bool retries_connections = true;  ///< false: Unreachable at once
  bool allows_files = false;        ///< file:// too
  std::string advice;               ///< behind the error after the last attempt
};

/// The bytes of a remote file, one after the other, with little of them in memory. Broken connections, time-outs and
/// temporary errors of the server (408, 429, 500 and above) are retried after a pause, from the byte that was next; of
/// a server that cannot resume, the bytes that came before are skipped.
class Stream {
 public:
  /// Connects when the first byte is asked for. Throws DataError when libcurl cannot start.
  explicit Stream(Place place, StreamOptions options = {});
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Waits for the next bytes, gives at most `count` of them, and how many: 0 at the end. Throws DownloadFailed,
  /// Unreachable, both naming the address and the reason, and Interrupted.
  std::size_t read(char* bytes, std::size_t count);
  /// Of the next byte. After the first read() counted from 0, should the server not give parts of files.
  std::uintmax_t position() const;
  /// Whether the bytes are from several answers.
  bool resumed() const;
  /// Of the whole file, when the server said so in its answer.
  std::optional<std::uintmax_t> size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A whole remote file. Throws as Stream::read(), and DataError for more than `max_bytes`.
std::string read_all(const Place& place, std::uintmax_t max_bytes, const StreamOptions& options = {});

/// "example.org" of "https://example.org/file".
std::string host_of(const std::string& url);

}  // namespace soundfold::remote
