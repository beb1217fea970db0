// SPDX-License-Identifier: Apache-2.0
#include "runtime/internal/worker.h"

#include <utility>

namespace soundfold::runtime {

Worker::Worker(std::unique_ptr<engines::Backbone> network) : backbone(std::move(network)), log_mel(backbone->input()) {}

std::unique_ptr<Worker> Workers::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto worker = std::move(idle_.back());
      idle_.pop_back();
      return worker;
    }
  }
  return std::make_unique<Worker>(network_->share());
}

void Workers::put_back(std::unique_ptr<Worker> worker) {
  worker->patches.clear();  // of a waveform that was given up
  worker->levels_dbfs.clear();
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(worker));
}

}  // namespace soundfold::runtime
