// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "assessment/evaluation_set.h"
#include "deploy/model.h"
#include "evaluation/metrics.h"
#include "run_report/report_input.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::assessment {

/// Parts of an evaluation that are not always wanted.
struct EvaluationExtras {
  bool report = false;            ///< what a page shows of it
  bool backbone_classes = false;  ///< for each clip what the backbone's own classes make of it, beside the answer
};

struct ModelEvaluation {
  std::string text;                               ///< for users
  nlohmann::json json;                            ///< the same for machines
  std::string predictions_csv;                    ///< one row per clip
  std::optional<run_report::ReportInput> report;  ///< what a page shows of it, when asked for
  evaluation::Metrics clip_metrics, window_metrics;
  evaluation::Predictions clips;      ///< of the clips that could be read; labels index the model's class names
  std::vector<std::string> clip_ids;  ///< theirs
};

/// Runs every clip of `set` through the exported model, from the sound file on, on `threads` threads (0: all), and
/// measures. Says how many of the clips the model was trained on, by the digests it holds, and, where the run left
/// test_logits.json beside the model, the largest difference to the trainer's logits. Baselines are what would be right
/// without training. The result's `report` is filled when `extras` ask for it. Throws DataError when a clip cannot be
/// read (set.skip_bad: when none can), UsageError for the backbone's classes of a model that has none.
ModelEvaluation evaluate_model(deploy::Model& model, const EvaluationSet& set, int threads,
                               const std::filesystem::path& model_file, const EvaluationExtras& extras = {});

}  // namespace soundfold::assessment
