// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "assessment/evaluate_model.h"

#include <string>
#include <vector>

namespace soundfold::assessment {

/// What evaluator is asked for; empty strings are what was not given.
struct EvaluationRequest {
  std::vector<std::string> places;     ///< [MODEL] [FOLDER]; MODEL only where nothing below names one
  std::string model;                   ///< a model.pt
  std::string run;                     ///< the folder of a run: its model
  std::string config;                  ///< an experiment: its data and, without the two above, its latest finished run
  std::vector<std::string> overrides;  ///< key=value, of that configuration or of the model's own
  std::string folder;                  ///< all clips of a folder in place of a configuration's
  std::string split;                   ///< train, validation, test, or all; empty: test
  std::string trusted_scores;          ///< as for deploy::load_model
  std::string device = "auto";         ///< for choose_device
  EvaluationExtras extras;             ///< parts that are not always wanted
  int threads = 0;                     ///< 0: the processors this process may use
};

/// What evaluate_request() gives.
struct RequestedEvaluation {
  std::string model;    ///< file of the model that was evaluated
  bool latest = false;  ///< it was found as the latest finished run of the experiment
  ModelEvaluation result;
};

/// `request` with its places sorted into model and folder. Throws UsageError when they are too many, when nothing names
/// a model or two do, and for overrides that an evaluation does not read.
EvaluationRequest sorted_request(EvaluationRequest request);

/// Finds model and clips, and evaluates. The clips are those of the folder, else of the configuration given beside the
/// model, else of the model's own; of the latest run the model's own, and differences to the experiment's file are
/// logged. Throws UsageError as sorted_request(), and for a run or model without what is needed; otherwise as
/// evaluation_set() and evaluate_model().
RequestedEvaluation evaluate_request(const EvaluationRequest& request);

}  // namespace soundfold::assessment
