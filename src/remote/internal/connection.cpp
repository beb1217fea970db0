// SPDX-License-Identifier: Apache-2.0
#include "remote/internal/connection.h"

#include "support/errors.h"
#include "support/interrupt.h"
#include "support/version.h"
#include "text/text.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <string_view>

namespace soundfold::remote {
namespace {

constexpr long kConnectTimeoutMs = 10'000;     ///< name look-up and connection
constexpr long kStalledAfterS = 30;            ///< gives up below 1 kB/s for this long
constexpr int kWaitMs = 100;                   ///< between looks at whether a stop was asked for
constexpr std::size_t kBufferBytes = 1 << 20;  ///< then the server has to wait
constexpr std::size_t kErrorPageBytes = 4096;  ///< of the text that comes with an error
// SHA-256 of nothing: what a GET sends.
constexpr const char* kEmptyPayload =
    "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The value of a header line of this name (in any case), without spaces around it.
std::optional<std::string> header_value(const std::string& line, const char* name) {
  const std::size_t length = std::strlen(name);
  if (line.size() <= length || line[length] != ':' || strncasecmp(line.c_str(), name, length) != 0) return std::nullopt;
  const auto begin = line.find_first_not_of(" \t", length + 1);
  const auto end = line.find_last_not_of(" \t\r\n");
  return begin == std::string::npos || begin > end ? "" : line.substr(begin, end - begin + 1);
}

}  // namespace

Connection::Connection(const Place& place, std::uintmax_t from, bool allows_files)
    : from_(from), encrypted_(begins_with(place.url, "https://")), name_(place.name) {
  if (!multi_ || !easy_) throw std::bad_alloc();
  set_options(place, allows_files);
  if (place.keys) sign(*place.keys);
  if (curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK) throw DataError("libcurl cannot start a transfer");
}

Connection::~Connection() {
  curl_multi_remove_handle(multi_.get(), easy_.get());
}

void Connection::set_options(const Place& place, bool allows_files) {
  CURL* curl = easy_.get();
  curl_easy_setopt(curl, CURLOPT_URL, place.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, allows_files ? "https,http,file" : "https,http");
  // A redirect may not lead to local files, nor from a protected address to an open one.
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, encrypted_ ? "https" : "https,http");
  // A bucket in another region redirects; a signature is for one host.
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, place.keys ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, (std::string("soundfold/") + soundfold::version()).c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1000L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStalledAfterS);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text_);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  if (is_loopback(place.url)) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  if (from_ > 0) curl_easy_setopt(curl, CURLOPT_RANGE, (std::to_string(from_) + "-").c_str());
}

void Connection::sign(const AwsKeys& keys) {
  CURL* curl = easy_.get();
  curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, ("aws:amz:" + keys.region + ":s3").c_str());
  curl_easy_setopt(curl, CURLOPT_USERNAME, keys.key_id.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, keys.secret.c_str());
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  };
  add(kEmptyPayload);
  if (!keys.session_token.empty()) add("x-amz-security-token: " + keys.session_token);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
}

std::size_t Connection::on_body(char* bytes, std::size_t size, std::size_t count, void* connection) noexcept {
  auto& self = *static_cast<Connection*>(connection);
  const std::size_t given = size * count;
  try {
    if (self.status() >= 300) {
      self.error_page_.append(bytes,
                              std::min(given, kErrorPageBytes - std::min(kErrorPageBytes, self.error_page_.size())));
      return given;
    }
    if (self.buffer_.size() - self.taken_ >= kBufferBytes) {
      self.paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    self.buffer_.append(bytes, given);
    return given;
  } catch (...) {
    return given + 1;  // any other number than was given makes libcurl stop
  }
}

std::size_t Connection::on_header(char* bytes, std::size_t size, std::size_t count, void* connection) noexcept {
  auto& self = *static_cast<Connection*>(connection);
  const std::size_t given = size * count;
  try {
    const std::string line(bytes, given);
    if (begins_with(line, "HTTP/"))
      self.version_ = self.content_range_ = self.error_page_ = "";  // of the answer before a redirect
    if (const auto value = header_value(line, "ETag")) self.version_ = *value;
    if (const auto value = header_value(line, "Content-Range")) self.content_range_ = *value;
    return given;
  } catch (...) {
    return given + 1;
  }
}

bool Connection::wait() {
  if (taken_ > 0 && taken_ == buffer_.size()) {
    buffer_.clear();
    taken_ = 0;
    if (paused_) {
      paused_ = false;
      curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
    }
  }
  while (taken_ == buffer_.size()) {
    if (done_) return false;
    throw_if_interrupted("interrupted while reading " + name_);
    int running = 0;
    CURLMcode failed = curl_multi_perform(multi_.get(), &running);
    if (failed == CURLM_OK && running > 0 && buffer_.empty()) {
      failed = curl_multi_poll(multi_.get(), nullptr, 0, kWaitMs, nullptr);
    }
    if (failed != CURLM_OK) throw DataError(name_ + ": libcurl: " + curl_multi_strerror(failed));
    for (int left = 0; const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);) {
      if (message->msg != CURLMSG_DONE) continue;
      done_ = true;
      code_ = message->data.result;
    }
  }
  return true;
}

std::size_t Connection::take(char* bytes, std::size_t count) {
  const std::size_t given = std::min(count, buffer_.size() - taken_);
  std::memcpy(bytes, buffer_.data() + taken_, given);
  taken_ += given;
  return given;
}

long Connection::status() const {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::optional<std::uintmax_t> Connection::begin() const {
  // "bytes 100-299/300"; of file:// libcurl gives what was asked for.
  if (status() == 0) return from_;
  if (status() != 206) return 0;
  std::uintmax_t first = 0;
  constexpr std::string_view kUnit = "bytes ";
  if (!begins_with(content_range_, kUnit)) return std::nullopt;
  const char* const text = content_range_.c_str();
  const auto [end, error] = std::from_chars(text + kUnit.size(), text + content_range_.size(), first);
  if (error != std::errc() || *end != '-') return std::nullopt;
  return first;
}

std::optional<std::uintmax_t> Connection::size() const {
  if (const auto slash = content_range_.find('/'); slash != std::string::npos) {
    if (content_range_.compare(slash, 2, "/*") == 0) return std::nullopt;
    return std::strtoull(content_range_.c_str() + slash + 1, nullptr, 10);
  }
  curl_off_t coming = -1;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &coming);
  if (coming < 0) return std::nullopt;
  const auto first = begin();
  if (!first) return std::nullopt;
  return *first + static_cast<std::uintmax_t>(coming);
}

std::string Connection::detail() const {
  return error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code_);
}

long Connection::retry_after_s() const {
  curl_off_t seconds = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &seconds);
  return static_cast<long>(seconds);
}

bool Connection::never_connected() const {
  // A connection without a TLS handshake counts as none: some networks accept connections for every host and then send
  // nothing.
  curl_off_t connected_us = 0;
  curl_easy_getinfo(easy_.get(), encrypted_ ? CURLINFO_APPCONNECT_TIME_T : CURLINFO_CONNECT_TIME_T, &connected_us);
  return code_ == CURLE_COULDNT_RESOLVE_HOST || code_ == CURLE_COULDNT_RESOLVE_PROXY ||
         code_ == CURLE_COULDNT_CONNECT || (code_ == CURLE_OPERATION_TIMEDOUT && connected_us <= 0);
}

}  // namespace soundfold::remote
