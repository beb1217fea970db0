// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "support/torch.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace soundfold::experiment {

struct RunOptions {
  int jobs = 0;  ///< trainings in parallel, of rounds and of a sweep; 0: run.threads
  torch::Device device = torch::kCPU;
  std::string device_reason;  ///< why that one (support/device.h); goes into result.json and the summary
  bool resume = false;        ///< resume the newest unfinished run of this name (or `resume_folder`)
  std::filesystem::path resume_folder;
  bool skip_finished = false;  ///< do nothing when the latest finished run had the same configuration, data and weights
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

/// From a configuration to a finished run: data, embeddings, training, test, export with its parity check, result.
/// Throws UsageError, DataError, training::DivergenceError, Interrupted (after saving what can be resumed).
RunResult run_experiment(const config::Experiment& experiment, const RunOptions& options);

/// "cpu, 2 threads (auto: this LibTorch sees no CUDA device)" of a result.
std::string device_text(const nlohmann::json& result);

/// One sentence when the classes of a result's data leave no answer for other sounds; empty for several labels per clip
/// and with data.negative_class.
std::string without_negatives(const nlohmann::json& data);

/// The summary that `trainer` prints at the end.
std::string summary_text(const RunResult& result);

}  // namespace soundfold::experiment
