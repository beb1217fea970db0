// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "evaluation/metrics.h"
#include "features/prepare.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::report_data {

/// One training of a run and what it answered.
struct TestedRound {
  std::string name;                  ///< "seed 1, test fold 3"; empty for the only one
  std::filesystem::path folder;      ///< with its metrics.jsonl
  nlohmann::json json;               ///< its result
  std::vector<std::int64_t> train;   ///< clips of the data set
  std::vector<std::int64_t> test;    ///< the same, in the order of the logits: the validation clips where `validation`
  std::vector<float> clip_logits;    ///< [test, K]
  std::vector<float> window_logits;  ///< [windows of test, K]
  bool validation = false;           ///< there are no test clips: `test` are the validation clips
};

/// The trainings of a finished run, from its folder. A training without test clips is shown by its validation clips,
/// and by none where the run kept no logits of those. Throws DataError when the logits there are not those of the
/// clips.
std::vector<TestedRound> tested_rounds(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                                       const nlohmann::json& result, const std::filesystem::path& run);

/// The clips of all rounds, one after the other, as the run's result measured them.
evaluation::Predictions all_predictions(const std::vector<TestedRound>& rounds, const dataset::Dataset& data);

}  // namespace soundfold::report_data
