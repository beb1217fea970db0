// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "evaluation/calibration.h"
#include "features/prepare.h"
#include "training/trainer.h"

#include <nlohmann/json.hpp>

#include <string>

namespace soundfold::rounds {

/// How a run's model turns probabilities into answers, and what that changed.
struct CalibrationResult {
  evaluation::DecisionRule rule;
  nlohmann::json json;  ///< null when nothing was asked for
  std::string text;     ///< for report.txt; empty when nothing was asked for
};

/// Fits what the configuration's calibration group asks for on the clip logits of the validation split, and measures
/// negative log-likelihood, calibration error, accuracy of the answers and macro F1 before and after, on validation and
/// test; "warning" in the JSON says when thresholds made macro F1 of the test clips worse.
/// A temperature that has no finite optimum stays 1, with a warning. The negative class and the silence gate are
/// entered in any case. Throws UsageError when calibration is asked for and there are no validation clips.
CalibrationResult calibrate(const config::Experiment& experiment, training::Outcome& outcome,
                            const features::PreparedFeatures& prepared);

/// In one line what CalibrationResult::json says of the clips tested (without a test of those validated): "temperature
/// 1.3700 changes no answer; test clips: loss 0.0220 -> 0.0400, ..."; empty for null.
std::string calibration_effect(const nlohmann::json& calibration);

/// The mean over the rounds of a cross-validation of what each of their "calibration" measured, in the same form; null
/// when none was calibrated. What a round could not measure counts for nothing.
nlohmann::json mean_calibration(const nlohmann::json& rounds);

/// The lines of that mean for summaries and report.txt; empty for null.
std::string rounds_calibration_text(const nlohmann::json& mean);

/// Its "warning"; empty without one.
std::string calibration_warning(const nlohmann::json& calibration);

/// Throws UsageError, before any training, when calibrate() would.
void check_calibration(const config::Experiment& experiment, const features::PreparedFeatures& prepared);

}  // namespace soundfold::rounds
