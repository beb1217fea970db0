// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "ranks/group.h"
#include "training/epoch_metrics.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <string>

namespace soundfold::runs {

struct RunOptions {
  int jobs = 0;  ///< trainings in parallel, of rounds and of a sweep; 0: run.threads
  torch::Device device = torch::kCPU;
  std::string device_reason;      ///< why that one (device/device.h); goes into result.json and the summary
  ranks::Group* group = nullptr;  ///< the processes that run this together; rank 0 alone writes. Null: one process
  bool resume = false;            ///< resume the newest unfinished run of this name (or `resume_folder`)
  std::filesystem::path resume_folder;
  bool skip_finished = false;  ///< do nothing when the latest finished run had the same configuration, data and weights
  std::function<void(const std::filesystem::path& folder)> on_start;  ///< when the run has its folder
  /// After each epoch and its checkpoint; `name` is that of the training among several ("seed 1, test fold 3"),
  /// otherwise empty. Trainings in parallel call it at once.
  std::function<void(const std::string& name, const training::EpochMetrics&)> on_epoch;
};

/// The result of a finished run; also the content of result.json (see docs/runs.md).
struct RunResult {
  std::filesystem::path folder;
  nlohmann::json json;
  bool was_finished = false;  ///< found finished; nothing was done
  /// One line when the exported model is not what was trained: it lies under another name, result.json and the
  /// checkpoint are there, and the run counts as unfinished. Otherwise empty. Programs end with exit code 1.
  std::string problem;
};

}  // namespace soundfold::runs
