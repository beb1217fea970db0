// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "text/choice.h"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace soundfold::serving {

/// What requests are counted by.
enum class Endpoint { page, status, model, classify, infer, unknown };

constexpr ChoiceNames<Endpoint> choice_names_of(Endpoint) {
  return {{"page", "status", "model", "classify", "infer", "unknown"}};
}

/// What a server did so far, as Prometheus reads it. May be used by several threads at once.
class Metrics {
 public:
  /// A request was answered with this status of HTTP, in so many seconds.
  void add_request(Endpoint endpoint, int status, double seconds);
  /// Sound was classified.
  void add_sound(double seconds);

  /// Prometheus's text format 0.0.4. `computing` and `waiting` are requests now; `model` is its name.
  std::string text(int computing, int waiting, const std::string& model) const;
  static constexpr const char* kType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  static constexpr std::array<double, 14> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                     0.25,  0.5,    1,     2.5,  5,     10,   30};
  struct Durations {
    std::array<std::int64_t, kBounds.size() + 1> counts{};  ///< up to each bound, the last: above all
    double sum = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::pair<Endpoint, int>, std::int64_t> requests_;
  std::map<Endpoint, Durations> durations_;
  double sound_seconds_ = 0;
};

}  // namespace soundfold::serving
