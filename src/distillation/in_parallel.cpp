#include "distillation/in_parallel.h"

#include "support/device.h"
#include "support/interrupt.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <vector>

namespace soundfold::distillation {

void in_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  const auto take_turns = [&] {
    use_one_torch_thread();
    for (std::size_t i = next++; i < count && !failed && interrupt_signal() == 0; i = next++) {
      try {
        work(i);
      } catch (...) {
        failed = true;
        throw;
      }
    }
  };
  std::vector<std::future<void>> workers;
  const auto wanted = std::min(count, static_cast<std::size_t>(std::max(threads, 1)));
  workers.reserve(wanted);
  for (std::size_t i = 0; i < wanted; ++i) workers.push_back(std::async(std::launch::async, take_turns));
  for (auto& worker : workers) worker.wait();
  for (auto& worker : workers) worker.get();
  throw_if_interrupted("stopped");
}

}  // namespace soundfold::distillation
