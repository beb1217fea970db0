// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "dataset/dataset.h"
#include "deploy/model.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace soundfold::experiment {

struct ModelEvaluation {
  std::string text;             ///< for people
  nlohmann::json json;          ///< the same for machines
  std::string predictions_csv;  ///< one row per clip
};

/// Runs every clip of `split` through the exported model, from the sound file on, and measures. Where the run left
/// test_logits.json beside the model, also tells the largest difference to the trainer's logits.
/// Throws UsageError when the model's classes are not the data's or the split is empty; bad clips as
/// data.on_bad_clip says.
ModelEvaluation evaluate_model(deploy::Model& model, const config::Experiment& experiment, dataset::Split split,
                               const std::filesystem::path& model_file);

}  // namespace soundfold::experiment
