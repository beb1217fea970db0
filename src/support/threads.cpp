// SPDX-License-Identifier: Apache-2.0
#include "support/threads.h"

#include "support/errors.h"

#include <sched.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

namespace soundfold {

int allowed_cpu_count() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int thread_count(int requested) {
  return requested > 0 ? requested : allowed_cpu_count();
}

std::thread start_thread(std::function<void()> body) {
  try {
    return std::thread(std::move(body));
  } catch (const std::system_error& error) {
    throw DataError(std::string("cannot start a thread (") + error.code().message() +
                    "); end other programs, or raise the limit of processes (ulimit -u, or the container's)");
  }
}

void run_on_threads(std::size_t count, const std::function<void()>& body) {
  std::vector<std::thread> others;
  others.reserve(count);
  try {
    for (std::size_t i = 1; i < count; ++i) others.emplace_back(body);
  } catch (const std::exception&) {
    // No thread, or no memory for one: what there is does the work.
  }
  body();
  for (auto& other : others) other.join();
}

}  // namespace soundfold
