// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

namespace soundfold {

/// Runs work(0) ... work(count - 1) on up to `threads` threads, each with LibTorch on one thread; indices are taken in
/// order. After a failure nothing new is taken, what is under way ends, and the exception of the smallest failed index
/// is thrown on; an Interrupted comes before all others. Throws Interrupted, too, when a stop was requested and kept it
/// from taking an index. The system may grant fewer threads: the results are the same.
void run_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace soundfold
