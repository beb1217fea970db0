// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "tensorboard/event_file.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>

/// What TensorBoard is given of a run. Nothing of it decides a result: what goes wrong is logged once, and the run goes
/// on.
namespace soundfold::runs {

/// The epochs of one training, as they come: an event file beside metrics.jsonl, made with the first of them. Nothing
/// is written unless run.tensorboard.
class TensorboardLog {
 public:
  TensorboardLog(const config::Experiment& experiment, std::filesystem::path folder)
      : wanted_(experiment.run.tensorboard), folder_(std::move(folder)) {}

  /// One line of metrics.jsonl. Losses and accuracies of training and validation become scalars of one group each,
  /// "loss/training" and "loss/validation"; other numbers keep their name.
  void epoch(const nlohmann::json& line);

 private:
  bool wanted_;
  std::filesystem::path folder_;
  std::optional<tensorboard::EventFile> file_;
};

/// Adds to the folder of a run that has its `result`: the configuration as text; of its test (in a cross-validation of
/// all rounds together) accuracies, the classes and the confusion matrix as tables, and the matrix as a picture. Of a
/// sweep also, in the folder of each member, its settings and the value that it was ranked by, for the table of
/// hyperparameters.
void log_result_for_tensorboard(const config::Experiment& experiment, const nlohmann::json& result,
                                const std::filesystem::path& folder);

}  // namespace soundfold::runs
