// SPDX-License-Identifier: Apache-2.0
#include "assets/internal/download.h"

#include "support/files.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"
#include "support/version.h"

#include <curl/curl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace soundfold::assets {
namespace fs = std::filesystem;
namespace {

constexpr int kAttempts = 4;
constexpr long kConnectTimeoutMs = 10'000;  ///< name look-up and connection
constexpr long kStalledAfterS = 30;         ///< gives up an attempt below 1 kB/s for this long

/// One attempt. libcurl calls back into it; an exception is kept and rethrown after libcurl has returned.
struct Transfer {
  std::string url, what;
  fs::path part;
  std::uintmax_t max_bytes;
  std::ofstream out;
  std::uintmax_t size;  ///< of the file so far
  std::unique_ptr<CURL, void (*)(CURL*)> curl{curl_easy_init(), curl_easy_cleanup};
  char error_text[CURL_ERROR_SIZE] = "";
  std::optional<Progress> progress = std::nullopt;
  std::exception_ptr failure = nullptr;

  bool encrypted() const { return url.rfind("https://", 0) == 0; }

  long answer() const {
    long code = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &code);
    return code;  // 0 for file://
  }

  void take(const char* bytes, std::size_t count) {
    if (answer() >= 300) return;
    if (size + count > max_bytes)
      throw DownloadFailed(what + ": the file at " + url + " is larger than the " + human_size(max_bytes) +
                           " expected");
    if (!progress) {
      curl_off_t coming = -1;
      curl_easy_getinfo(curl.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &coming);
      const auto here = static_cast<std::int64_t>(size);
      progress.emplace("downloading " + what, coming > 0 ? here + static_cast<std::int64_t>(coming) : 0, "bytes");
      progress->skip(here);
    }
    out.write(bytes, static_cast<std::streamsize>(count)).flush();
    if (!out) throw DataError("cannot write " + part.string() + ": " + std::strerror(errno));
    size += count;
    progress->advance(static_cast<std::int64_t>(count));
  }
};

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* transfer) noexcept {
  try {
    static_cast<Transfer*>(transfer)->take(bytes, size * count);
    return size * count;
  } catch (...) {
    static_cast<Transfer*>(transfer)->failure = std::current_exception();
    return size * count + 1;  // any other number than was given makes libcurl stop
  }
}

int on_tick(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return interrupt_signal() != 0 ? 1 : 0;
}

void set_options(Transfer& transfer) {
  CURL* curl = transfer.curl.get();
  curl_easy_setopt(curl, CURLOPT_URL, transfer.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file");
  // A redirect may not lead to local files, nor from a protected address to an open one.
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, transfer.encrypted() ? "https" : "https,http");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);  // an error page is not the file
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, (std::string("soundfold/") + version()).c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1000L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStalledAfterS);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer.error_text);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_tick);
  curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.size));
}

bool never_connected(const Transfer& transfer, CURLcode code) {
  // A connection without a TLS handshake counts as none: some networks accept connections for every host and then send
  // nothing.
  double connected_s = 0;
  curl_easy_getinfo(transfer.curl.get(), transfer.encrypted() ? CURLINFO_APPCONNECT_TIME : CURLINFO_CONNECT_TIME,
                    &connected_s);
  return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_CONNECT ||
         (code == CURLE_OPERATION_TIMEDOUT && connected_s <= 0);
}

/// "" when the file is complete, otherwise why another attempt is needed. Throws when it would be of no use.
std::string problem_of(const Transfer& transfer, CURLcode code) {
  const long status = transfer.answer();
  if (code == CURLE_OK || code == CURLE_HTTP_RETURNED_ERROR) {
    if (status == 416 && transfer.size > 0) return "";  // nothing is left to send
    if (status < 300) return transfer.size > 0 ? "" : "the server sent an empty file";
    const std::string problem = "the server answered " + std::to_string(status);
    if (status == 408 || status == 429 || status >= 500) return problem;
    throw DownloadFailed("cannot download " + transfer.url + ": " + problem + (status == 404 ? " (not found)" : ""));
  }
  if (code == CURLE_RANGE_ERROR) {
    fs::resize_file(transfer.part, 0);
    return "the server does not resume";
  }
  const std::string detail = transfer.error_text[0] != '\0' ? transfer.error_text : curl_easy_strerror(code);
  if (never_connected(transfer, code))
    throw Unreachable("no connection to " + host_of(transfer.url) + " (" + detail + ")");
  for (const CURLcode passing : {CURLE_OPERATION_TIMEDOUT, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR,
                                 CURLE_GOT_NOTHING, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_SSL_CONNECT_ERROR}) {
    if (code == passing) return detail;
  }
  throw DownloadFailed("cannot download " + transfer.url + ": " + detail);
}

}  // namespace

std::string host_of(const std::string& url) {
  const auto begin = url.find("://") + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

bool download(const std::string& url, const fs::path& part, const std::string& what, const DownloadOptions& options) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw DataError(std::string("cannot start libcurl: ") + curl_easy_strerror(started));
  make_folder(part.parent_path());
  std::string problem;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    for (int waited_ms = 0; attempt > 0 && waited_ms < options.first_pause_ms << (attempt - 1); waited_ms += 50) {
      throw_if_interrupted("interrupted while downloading " + what + "; run the same command again");
      std::this_thread::sleep_for(std::chrono::milliseconds(std::min(50, options.first_pause_ms)));
    }
    std::ofstream out(part, std::ios::binary | (options.resume ? std::ios::app : std::ios::trunc));
    if (!out) throw DataError("cannot create " + part.string() + ": " + std::strerror(errno));
    const std::uintmax_t kept = fs::file_size(part);
    Transfer transfer{url, what, part, options.max_bytes, std::move(out), kept};
    set_options(transfer);
    const CURLcode code = curl_easy_perform(transfer.curl.get());
    if (transfer.failure) std::rethrow_exception(transfer.failure);
    throw_if_interrupted("interrupted while downloading " + what + "; run the same command again" +
                         (options.resume ? " to resume (" + human_size(transfer.size) + " kept)" : ""));
    problem = problem_of(transfer, code);
    if (problem.empty()) return kept > 0;
    logger().info("{}: {}", what, problem);
  }
  throw DownloadFailed("cannot download " + url + ": " + problem + ", after " + std::to_string(kAttempts) +
                       " attempts" + (options.resume ? "; run the same command again to resume" : ""));
}

}  // namespace soundfold::assets
