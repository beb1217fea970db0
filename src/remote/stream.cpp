// SPDX-License-Identifier: Apache-2.0
#include "remote/stream.h"

#include "remote/internal/connection.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "text/text.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>
#include <utility>

namespace soundfold::remote {
namespace {

constexpr int kLongestPauseMs = 60'000;

/// What lies between <tag> and </tag> of a text; "" when nothing does.
std::string element(const std::string& xml, const std::string& tag) {
  const auto begin = xml.find("<" + tag + ">");
  if (begin == std::string::npos) return "";
  const auto from = begin + tag.size() + 2;
  const auto end = xml.find("</" + tag + ">", from);
  return end == std::string::npos ? "" : xml.substr(from, end - from);
}

/// "the server answered 403 (AccessDenied: Access Denied)", with S3's own words where there are some.
std::string answer_text(long status, const std::string& page) {
  std::string text = "the server answered " + std::to_string(status);
  const std::string code = element(page, "Code"), message = element(page, "Message");
  if (!code.empty()) return text + " (" + shown(code) + (message.empty() ? "" : ": " + shown(message, 200)) + ")";
  if (status == 404) text += " (not found)";
  if (status == 401 || status == 403) text += " (not allowed)";
  return text;
}

std::string advice_on(long status, const Place& place) {
  if (!place.keys || status == 404) return "";
  if (status == 301 || status == 307 || status == 400) {
    return "; the region is " + place.keys->region + ": is the bucket in another one? Set AWS_REGION";
  }
  if (status == 403) return "; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they allow";
  return "";
}

void start_libcurl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw DataError(std::string("cannot start libcurl: ") + curl_easy_strerror(started));
}

}  // namespace

struct Stream::Impl {
  Place place;
  StreamOptions options;
  std::unique_ptr<Connection> connection;
  std::uintmax_t position;     ///< of the next byte to give
  std::uintmax_t skipped = 0;  ///< bytes still to leave out, which came before
  bool answered = false;       ///< this connection's answer was looked at
  bool started = false;        ///< a byte was given
  bool joined = false;         ///< an answer continued another one
  bool ended = false;
  int failures = 0;  ///< in a row
  std::string version;
  std::optional<std::uintmax_t> size;

  [[noreturn]] void fail_changed() const {
    throw DownloadFailed("cannot download " + place.name + ": it changed on the server while it was read; run again");
  }

  /// Looks at an answer when its first bytes are there.
  void look_at_answer() {
    if (std::exchange(answered, true)) return;
    const auto first = connection->begin();
    if (!first) {
      throw DownloadFailed("cannot download " + place.name +
                           ": the server sent a part of the file without saying which (206 without Content-Range)");
    }
    const std::uintmax_t begin = *first;
    if (!started && begin == 0) position = 0;
    const auto now = connection->size();
    const bool changed = started && (connection->version() != version || (now && size && *now != *size));
    if (changed || begin > position) fail_changed();
    joined = joined || started;
    skipped = position - begin;
    version = connection->version();
    if (now) size = now;
  }

  /// "" when the file is complete, otherwise why another attempt is needed. Throws when it would be of no use.
  std::string problem() const {
    const CURLcode code = connection->code();
    const long status = connection->status();
    if (code == CURLE_OK) {
      if (status == 416 && position > 0) {              // nothing is left to send
        if (size && *size != position) fail_changed();  // it is shorter now
        return "";
      }
      if (status < 300) return end_problem();
      const std::string text = answer_text(status, connection->error_page());
      if (status == 408 || status == 429 || status >= 500) return text;
      throw DownloadFailed("cannot download " + place.name + ": " + text + advice_on(status, place));
    }
    const std::string detail = connection->detail();
    if (connection->never_connected()) {
      if (options.retries_connections) return "no connection to " + host_of(place.url) + " (" + detail + ")";
      throw Unreachable("no connection to " + host_of(place.url) + " (" + detail + ")");
    }
    for (const CURLcode passing : {CURLE_OPERATION_TIMEDOUT, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR,
                                   CURLE_GOT_NOTHING, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_SSL_CONNECT_ERROR}) {
      if (code == passing) return detail;
    }
    throw DownloadFailed("cannot download " + place.name + ": " + detail);
  }

  /// Of an answer that is complete by itself.
  std::string end_problem() const {
    if (skipped > 0) return "the server sent less than before";
    if (size && position < *size)
      return "the server sent " + std::to_string(position) + " of " + std::to_string(*size) + " bytes";
    return position > 0 ? "" : "the server sent an empty file";
  }

  void retry_after(const std::string& problem) {
    if (++failures >= options.attempts) {
      throw DownloadFailed("cannot download " + place.name + ": " + problem + ", after " + std::to_string(failures) +
                           " attempts" + options.advice);
    }
    logger().info("{}: {}; trying again from byte {}", place.name, problem, position);
    const int asked_ms = static_cast<int>(std::min<long>(connection->retry_after_s(), kLongestPauseMs / 1000)) * 1000;
    connection.reset();
    int pause_ms = std::min(kLongestPauseMs, options.first_pause_ms << std::min(failures - 1, 16));
    // Many that lost one server do not all come back in one moment.
    if (pause_ms > 1)
      pause_ms = pause_ms / 2 + static_cast<int>(std::random_device()() % static_cast<unsigned>(pause_ms));
    pause_ms = std::max(pause_ms, asked_ms);
    for (; pause_ms > 0; pause_ms -= 50) {
      throw_if_interrupted("interrupted while reading " + place.name);
      std::this_thread::sleep_for(std::chrono::milliseconds(std::min(50, pause_ms)));
    }
  }

  /// Leaves out bytes that came before. False when there are only such ones for now.
  bool skip_known() {
    char block[4096];
    while (skipped > 0) {
      const std::size_t got =
          connection->take(block, static_cast<std::size_t>(std::min<std::uintmax_t>(sizeof block, skipped)));
      if (got == 0) return false;
      skipped -= got;
    }
    return true;
  }

  std::size_t read(char* bytes, std::size_t count) {
    while (!ended) {
      if (!connection) {
        answered = false;
        skipped = 0;
        connection = std::make_unique<Connection>(place, position, options.allows_files);
      }
      if (connection->wait()) {
        look_at_answer();
        if (!skip_known()) continue;
        const std::size_t got = connection->take(bytes, count);
        if (got == 0) continue;
        started = true;
        failures = 0;
        position += got;
        return got;
      }
      const std::string why = problem();
      if (why.empty()) {
        ended = true;
      } else {
        retry_after(why);
      }
    }
    return 0;
  }
};

Stream::Stream(Place place, StreamOptions options) : impl_(std::make_unique<Impl>()) {
  start_libcurl();
  impl_->place = std::move(place);
  impl_->options = std::move(options);
  impl_->position = impl_->options.from;
}

Stream::~Stream() = default;

std::size_t Stream::read(char* bytes, std::size_t count) {
  return impl_->read(bytes, count);
}

std::uintmax_t Stream::position() const {
  return impl_->position;
}

bool Stream::resumed() const {
  return impl_->joined;
}

std::optional<std::uintmax_t> Stream::size() const {
  return impl_->size;
}

std::string read_all(const Place& place, std::uintmax_t max_bytes, const StreamOptions& options) {
  Stream stream(place, options);
  std::string bytes;
  char block[65'536];
  while (const std::size_t got = stream.read(block, sizeof block)) {
    if (bytes.size() + got > max_bytes) {
      throw DataError(place.name + ": is larger than the " + human_size(max_bytes) + " allowed");
    }
    bytes.append(block, got);
  }
  return bytes;
}

std::string host_of(const std::string& url) {
  const auto begin = url.find("://") + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

}  // namespace soundfold::remote
