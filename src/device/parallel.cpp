// SPDX-License-Identifier: Apache-2.0
#include "device/parallel.h"

#include "device/device.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "support/threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <vector>

namespace soundfold {
namespace {

bool is_interrupt(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Interrupted&) {
    return true;
  } catch (...) {
    return false;
  }
}

void rethrow_first(const std::vector<std::exception_ptr>& failures) {
  std::exception_ptr first;
  for (const auto& failure : failures) {
    if (!failure) continue;
    if (is_interrupt(failure)) std::rethrow_exception(failure);
    if (!first) first = failure;
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace

void run_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  std::vector<std::exception_ptr> failures(count);
  std::atomic<std::size_t> next{0}, done{0};
  std::atomic<bool> failed{false};
  const auto take_turns = [&] {
    use_one_torch_thread();
    while (!failed && interrupt_signal() == 0) {
      const std::size_t index = next++;
      if (index >= count) return;
      try {
        work(index);
        ++done;
      } catch (...) {
        failures[index] = std::current_exception();
        failed = true;
      }
    }
  };
  run_on_threads(std::min(count, static_cast<std::size_t>(std::max(threads, 1))), take_turns);
  rethrow_first(failures);
  if (done < count) throw_if_interrupted("stopped");
}

}  // namespace soundfold
