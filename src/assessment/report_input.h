// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "assessment/evaluation_set.h"
#include "deploy/model.h"
#include "evaluation/report.h"
#include "run_report/report_input.h"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace soundfold::assessment {

/// The answers to those clips of a set that could be read.
struct AnsweredClips {
  evaluation::Predictions clips, windows;  ///< windows: those of the first clip, then those of the second, ...
  std::vector<std::size_t> positions;      ///< of each clip in EvaluationSet::clips
  std::vector<std::size_t> window_counts;  ///< of each clip among `windows`
  /// [S] of each clip: mean scores of the backbone's own classes; rows are empty where the model has none.
  std::vector<std::vector<float>> backbone_scores;
};

/// What run_report::run_report() shows of an evaluation. The sounds are read from their files when they are asked for;
/// the learning curves are those of metrics.jsonl beside the model, where it lies. Throws DataError when the model's
/// file cannot be read again.
run_report::ReportInput report_input(const deploy::Model& model, const EvaluationSet& set,
                                     const evaluation::Evaluation& evaluation, const AnsweredClips& answered,
                                     const std::filesystem::path& model_file);

}  // namespace soundfold::assessment
