// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace soundfold::testing {

/// A tiny HTTP server on 127.0.0.1 that serves one file and misbehaves on demand.
class HttpServer {
 public:
  HttpServer();
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const;
  /// Every request so far, headers included.
  std::vector<std::string> requests() const;

  // What to serve; set before the request.
  std::string content;
  bool honours_ranges = true;      ///< false: always the whole file
  bool names_ranges = true;        ///< false: parts without Content-Range
  std::atomic<int> fail_first{0};  ///< answer this many requests with `fail_status`
  int fail_status = 503;
  std::string fail_page = "sorry";  ///< that comes with it
  std::string etag;                 ///< not empty: the version of the file that answers name
  std::atomic<int> cut_first{0};    ///< close this many answers after `cut_after` bytes
  std::size_t cut_after = 0;
  std::atomic<int> stall_ms{0};  ///< after the first `cut_after` bytes, wait before continuing
  std::string redirect_to;       ///< not empty: answer 302 with this address

 private:
  void serve();
  void answer(int client);
  void send_file(int client, const std::string& request);

  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace soundfold::testing
