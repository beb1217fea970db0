#pragma once

#include <cstddef>
#include <functional>

namespace soundfold::distillation {

/// Runs work(0) ... work(count - 1) on up to `threads` threads, each with LibTorch on one thread. Stops at the first
/// failure, which is thrown on, and throws Interrupted when a stop was asked for.
void in_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace soundfold::distillation
