#include "support/threads.h"

#include <sched.h>

#include <algorithm>
#include <thread>

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

}  // namespace soundfold
