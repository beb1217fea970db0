// SPDX-License-Identifier: Apache-2.0
#include "device/parallel.h"

#include "device/device.h"
#include "support/threads.h"

namespace soundfold {

void run_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  share_work(count, threads, use_one_torch_thread, work);
}

}  // namespace soundfold
