// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <thread>

namespace soundfold {

/// Processors this process may run on (its affinity mask), at least 1.
int allowed_cpu_count();

/// `requested` when above 0, otherwise allowed_cpu_count().
int thread_count(int requested);

/// A new thread that runs `body`; SIGINT and SIGTERM are blocked on it, as on all threads started here, so that the
/// first thread handles them (interrupt.h), and the calling thread's StopRequest holds on it too. Throws DataError when
/// the system grants none.
std::thread start_thread(std::function<void()> body);

/// Runs `body`, which must not throw, on `count` threads at once, the calling one among them, and waits for all.
/// Continues with fewer when the system grants no more.
void run_on_threads(std::size_t count, const std::function<void()>& body);

/// Runs work(0) ... work(count - 1) on up to `threads` threads, each of which calls `prepare` first (it may be empty);
/// indices are taken in order. After a failure nothing new is taken, what is under way ends, and the exception of the
/// smallest failed index is thrown on; an Interrupted comes before all others. Throws Interrupted, too, when a stop was
/// requested and kept it from taking an index. The system may grant fewer threads: the results are the same.
void share_work(std::size_t count, int threads, const std::function<void()>& prepare,
                const std::function<void(std::size_t)>& work);

}  // namespace soundfold
