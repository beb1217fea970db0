// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace soundfold::serving {

inline constexpr const char* kJson = "application/json";

/// What a request is answered with.
struct Answer {
  int status = 200;  ///< of HTTP
  std::string body;
  std::string type = kJson;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// A request that is not carried out; what() is one line for its client.
struct Refusal : std::runtime_error {
  Refusal(int http_status, const std::string& what, std::string more_header = "", std::string its_value = "")
      : std::runtime_error(what), status(http_status), header(std::move(more_header)), value(std::move(its_value)) {}

  int status;          ///< of HTTP, 4xx or 5xx
  std::string header;  ///< one more header of the answer, or ""
  std::string value;
};

/// {"error": "..."} on one line, whatever bytes the text has, with Retry-After for 429 and 503.
Answer refused(const Refusal& refusal);

}  // namespace soundfold::serving
