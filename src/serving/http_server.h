// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serving/service.h"

#include <memory>
#include <string>

namespace soundfold::serving {

/// Carries requests to a service over HTTP/1.1, without TLS: that is a proxy's part.
class HttpServer {
 public:
  /// The service must live longer.
  explicit HttpServer(Service& service);
  ~HttpServer();

  /// Takes the address and returns the port: with 0, a free one. Throws DataError when it cannot be had.
  int bind(const std::string& host, int port);

  /// Answers until a stop is requested (support/interrupt.h), then finishes the requests that it has let in. Throws
  /// DataError when the system takes the listening socket away.
  void run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace soundfold::serving
