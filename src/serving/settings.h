// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace soundfold::serving {

/// What a server is started with.
struct Settings {
  std::string model_name = "model";  ///< in the paths of the inference protocol
  std::string channels;              ///< for audio::channels_named; empty: as in the model's training
  int threads = 1;                   ///< requests computed at once
  int queue = 64;                    ///< further requests that are let in; beyond them the answer is 429
  std::size_t max_body_bytes = std::size_t{32} << 20;
  double max_seconds = 600;              ///< of one sound
  double time_limit_s = 30;              ///< of one request, from its header to its answer
  std::function<void()> prepare_thread;  ///< called before each computation on its thread; may be empty
};

/// When a request must be answered.
using Deadline = std::chrono::steady_clock::time_point;

}  // namespace soundfold::serving
