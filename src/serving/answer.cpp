// SPDX-License-Identifier: Apache-2.0
#include "serving/answer.h"

#include "text/text.h"

#include <nlohmann/json.hpp>

namespace soundfold::serving {
namespace {

constexpr int kTooManyRequests = 429, kUnavailable = 503;
constexpr std::size_t kLongestReason = 500;
constexpr const char* kRetryAfterSeconds = "1";

}  // namespace

Answer refused(const Refusal& refusal) {
  const nlohmann::json error = {{"error", shown(refusal.what(), kLongestReason)}};
  Answer answer{refusal.status, error.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
  if (!refusal.header.empty()) answer.headers.emplace_back(refusal.header, refusal.value);
  if (refusal.status == kTooManyRequests || refusal.status == kUnavailable) {
    answer.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  }
  return answer;
}

}  // namespace soundfold::serving
