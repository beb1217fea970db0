// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

namespace soundfold {

/// share_work() (support/threads.h) with LibTorch on one thread in each.
void run_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace soundfold
