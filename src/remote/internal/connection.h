// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "remote/address.h"

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace soundfold::remote {

/// One request and its answer, which is taken in pieces as they come: while nobody asks for more, the server waits.
class Connection {
 public:
  /// Throws DataError when libcurl cannot start.
  Connection(const Place& place, std::uintmax_t from, bool allows_files);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Waits until bytes of the file are there (true), or the answer is complete or broken (false). Throws Interrupted.
  bool wait();
  /// Gives at most `count` of the bytes that are there.
  std::size_t take(char* bytes, std::size_t count);

  long status() const;  ///< of HTTP; 0 of file://
  /// Number of the first byte of the answer; none when it is a part of the file and does not say which.
  std::optional<std::uintmax_t> begin() const;
  std::optional<std::uintmax_t> size() const;              ///< of the whole file
  const std::string& version() const { return version_; }  ///< the ETag; empty: none

  // After wait() has given false:
  CURLcode code() const { return code_; }
  std::string detail() const;  ///< of code(), in words
  const std::string& error_page() const { return error_page_; }
  long retry_after_s() const;  ///< that the server asked for; 0: none
  bool never_connected() const;

 private:
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* connection) noexcept;
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* connection) noexcept;
  void set_options(const Place& place, bool allows_files);
  void sign(const AwsKeys& keys);

  const std::uintmax_t from_;
  const bool encrypted_;
  const std::string name_;
  std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi_{curl_multi_init(), curl_multi_cleanup};
  std::unique_ptr<CURL, void (*)(CURL*)> easy_{curl_easy_init(), curl_easy_cleanup};
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers_{nullptr, curl_slist_free_all};
  char error_text_[CURL_ERROR_SIZE] = "";
  std::string buffer_;
  std::size_t taken_ = 0;  ///< of buffer_
  bool paused_ = false;
  bool done_ = false;
  CURLcode code_ = CURLE_OK;
  std::string error_page_, version_, content_range_;
};

}  // namespace soundfold::remote
