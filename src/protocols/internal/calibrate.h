// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "evaluation/calibration.h"
#include "features/prepare.h"
#include "training/trainer.h"

#include <nlohmann/json.hpp>

#include <string>

namespace soundfold::protocols {

/// How a run's model turns probabilities into answers, and what that changed.
struct CalibrationResult {
  evaluation::DecisionRule rule;
  nlohmann::json json;  ///< null when nothing was asked for
  std::string text;     ///< for report.txt; empty when nothing was asked for
};

/// Fits what the configuration's calibration group asks for on the clip logits of the validation split, and measures
/// negative log-likelihood, calibration error (and with thresholds macro F1) before and after, on validation and test.
/// A temperature that has no finite optimum stays 1, with a warning. The negative class and the silence gate are
/// entered in any case. Throws UsageError when calibration is asked for and there are no validation clips.
CalibrationResult calibrate(const config::Experiment& experiment, training::Outcome& outcome,
                            const features::PreparedFeatures& prepared);

/// Throws UsageError, before any training, when calibrate() would.
void check_calibration(const config::Experiment& experiment, const features::PreparedFeatures& prepared);

}  // namespace soundfold::protocols
