// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "remote/stream.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace soundfold::assets {

using remote::DownloadFailed;
using remote::host_of;
using remote::Unreachable;

struct DownloadOptions {
  bool resume = false;                       ///< ask only for the bytes that an earlier attempt left to fetch
  int first_pause_ms = 500;                  ///< before the second attempt; doubles each time
  std::uintmax_t max_bytes = 8'000'000'000;  ///< refuses more than this
};

/// Downloads `url` (https, http or file) into `part`, which is kept when the attempt fails or is interrupted. To
/// resume, the caller must be able to verify the result, because the file on the server may have changed in between;
/// from a server that cannot resume the whole file is fetched. Broken connections, time-outs and temporary server
/// errors are retried. `what` names the download in messages. Returns true when bytes of an earlier attempt were
/// reused, of this call or before. Throws Unreachable at once when there is no network, DownloadFailed when the server
/// does not give the file, DataError for what is wrong here, Interrupted.
bool download(const std::string& url, const std::filesystem::path& part, const std::string& what,
              const DownloadOptions& options);

}  // namespace soundfold::assets
