// SPDX-License-Identifier: Apache-2.0
#include "support/threads.h"

#include "support/errors.h"
#include "support/interrupt.h"

#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <utility>
#include <vector>

namespace soundfold {
namespace {

/// While it lives, threads that are started never run the handlers of SIGINT and SIGTERM, which need the alternate
/// stack that only the first thread has (interrupt.cpp). They inherit the mask, and so do threads that they start
/// themselves.
class StopSignalsBlocked {
 public:
  StopSignalsBlocked() {
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stops, &before_);
  }
  ~StopSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  StopSignalsBlocked(const StopSignalsBlocked&) = delete;
  StopSignalsBlocked& operator=(const StopSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

/// `body`, which may be interrupted as what starts it.
std::function<void()> with_stop_request(std::function<void()> body) {
  const auto* const wanted = StopRequest::current();
  if (wanted == nullptr) return body;
  return [wanted, body = std::move(body)] {
    const StopRequest request(*wanted);
    body();
  };
}

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
  const StopSignalsBlocked blocked;
  try {
    return std::thread(with_stop_request(std::move(body)));
  } catch (const std::system_error& error) {
    throw DataError(std::string("cannot start a thread (") + error.code().message() +
                    "); end other programs, or raise the limit of processes (ulimit -u, or the container's)");
  }
}

void run_on_threads(std::size_t count, const std::function<void()>& body) {
  std::vector<std::thread> others;
  others.reserve(count);
  try {
    const StopSignalsBlocked blocked;
    for (std::size_t i = 1; i < count; ++i) others.emplace_back(with_stop_request(body));
  } catch (const std::exception&) {
    // No thread, or no memory for one: what there is does the work.
  }
  body();
  for (auto& other : others) other.join();
}

void share_work(std::size_t count, int threads, const std::function<void()>& prepare,
                const std::function<void(std::size_t)>& work) {
  std::vector<std::exception_ptr> failures(count);
  std::atomic<std::size_t> next{0}, done{0};
  std::atomic<bool> failed{false};
  const auto take_turns = [&] {
    if (prepare) prepare();
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
