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

}  // namespace soundfold
