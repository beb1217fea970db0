// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

/// What the latency programs have in common, without LibTorch and without Soundfold.
namespace latency {

using Clock = std::chrono::steady_clock;

inline double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Processor time of this process so far.
inline double processor_ms() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

/// Resident memory of this process in kB, from the kernel.
inline long resident_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stol(line.substr(6));
  }
  return 0;
}

/// The float32 samples of a file. Throws std::runtime_error when there are none.
inline std::vector<float> read_waveform(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (bytes.size() < sizeof(float)) throw std::runtime_error(file + ": no samples can be read");
  std::vector<float> values(bytes.size() / sizeof(float));
  bytes.copy(reinterpret_cast<char*>(values.data()), values.size() * sizeof(float));
  return values;
}

/// Asks once and then `repeats` times, and prints one JSON line. `answer` gives the logits.
template <typename Answer>
void measure(double load_ms, int repeats, const Answer& answer) {
  const auto asked = Clock::now();
  const std::vector<float> logits = answer();
  std::printf("{\"load_ms\": %.3f, \"first_ms\": %.3f, \"times_ms\": [", load_ms, milliseconds_since(asked));
  const double processor_before_ms = processor_ms();
  for (int i = 0; i < repeats; ++i) {
    const auto begun = Clock::now();
    answer();
    std::printf("%s%.4f", i == 0 ? "" : ", ", milliseconds_since(begun));
  }
  std::printf("], \"cpu_ms\": %.4f, \"logits\": [", (processor_ms() - processor_before_ms) / std::max(repeats, 1));
  for (std::size_t k = 0; k < logits.size(); ++k) {
    std::printf("%s%.6f", k == 0 ? "" : ", ", static_cast<double>(logits[k]));
  }
  std::printf("], \"resident_kb\": %ld}\n", resident_kb());
}

}  // namespace latency
