// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/calibrate.h"

#include "heads/prediction.h"
#include "runs/result.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/json_number.h"
#include "text/names.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace soundfold::protocols {
namespace {

nlohmann::json measured(const evaluation::Predictions& clips, const std::vector<std::string>& names,
                        const std::vector<double>& thresholds) {
  const auto metrics = evaluation::compute_metrics(clips, names);
  nlohmann::json json = {{"loss", number_or_null(metrics.loss)},
                         {"calibration_error", number_or_null(metrics.calibration_error)}};
  if (!thresholds.empty()) json["macro_f1"] = number_or_null(evaluation::macro_f1_at(clips, thresholds));
  return json;
}

/// Before: temperature 1 and thresholds of 0.5.
nlohmann::json before_and_after(const evaluation::Predictions& clips, const std::vector<std::string>& names,
                                const evaluation::DecisionRule& rule) {
  const std::vector<double> halves(rule.thresholds.size(), 0.5);
  return {{"before", measured(clips, names, halves)},
          {"after", measured(evaluation::with_temperature(clips, rule.temperature), names, rule.thresholds)}};
}

std::string in_column(const nlohmann::json& value, int width = 10) {
  char text[64];
  std::snprintf(text, sizeof text, "%*.4f", width, value.is_number() ? value.get<double>() : std::nan(""));
  return text;
}

std::string row(const std::string& name, const nlohmann::json& measured) {
  std::string text = name + std::string(name.size() < 24 ? 24 - name.size() : 1, ' ') + in_column(measured["loss"]) +
                     "          " + in_column(measured["calibration_error"]);
  if (measured.contains("macro_f1")) text += in_column(measured["macro_f1"]);
  return text + "\n";
}

std::string text_of(const CalibrationResult& result, const std::vector<std::string>& names) {
  std::string text = "\nCalibration on the validation clips: temperature " + in_column(result.rule.temperature, 0);
  if (result.json.contains("note")) text += " (" + result.json["note"].get<std::string>() + ")";
  text += "\nclips                         loss   calibration error";
  text += result.rule.thresholds.empty() ? "\n" : "  macro F1\n";
  for (const std::string split : {"validation", "test"}) {
    if (!result.json.contains(split)) continue;
    text += row(split + " before", result.json[split]["before"]) + row(split + " after", result.json[split]["after"]);
  }
  if (!result.rule.thresholds.empty()) text += "Thresholds:";
  for (std::size_t k = 0; k < result.rule.thresholds.size(); ++k) {
    text += (k == 0 ? " " : ", ") + names[k] + " " + in_column(result.rule.thresholds[k], 0);
  }
  return result.rule.thresholds.empty() ? text : text + "\n";
}

evaluation::Predictions predictions_of(training::Outcome& outcome, const heads::FeatureSet& features) {
  return runs::clip_predictions(features, heads::predict(outcome.head, features, 8192, false).clip_logits);
}

}  // namespace

void check_calibration(const config::Experiment& experiment, const features::PreparedFeatures& prepared) {
  const bool wanted = experiment.calibration.temperature || experiment.calibration.thresholds;
  if (!wanted || !prepared.sets.validation.empty()) return;
  throw UsageError(
      "calibration needs validation clips and there are none; set folds.validation or "
      "folds.validation_fraction");
}

CalibrationResult calibrate(const config::Experiment& experiment, training::Outcome& outcome,
                            const features::PreparedFeatures& prepared) {
  check_calibration(experiment, prepared);
  CalibrationResult result;
  const auto& names = prepared.data.dataset->class_names;
  result.rule.negative_class = find_name(experiment.data.negative_class, names);
  if (experiment.decision.silence_gate) {
    result.rule.silence_gate = {experiment.decision.silence_dbfs, experiment.decision.silence_score};
  }
  if (!experiment.calibration.temperature && !experiment.calibration.thresholds) return result;

  const auto validation = predictions_of(outcome, prepared.sets.validation);
  if (experiment.calibration.temperature) {
    const auto fitted = evaluation::fit_temperature(validation);
    if (fitted) {
      result.rule.temperature = *fitted;
    } else {
      result.json["note"] = "not fitted: the " + std::to_string(validation.sample_count()) +
                            " validation clips are all right, or no better than chance";
      logger().warn("calibration.temperature: {}", result.json["note"].get<std::string>());
    }
  }
  if (experiment.calibration.thresholds) {
    result.rule.thresholds =
        evaluation::best_thresholds(evaluation::with_temperature(validation, result.rule.temperature));
  }
  result.json["temperature"] = result.rule.temperature;
  for (std::size_t k = 0; k < result.rule.thresholds.size(); ++k) {
    result.json["thresholds"][names[k]] = result.rule.thresholds[k];
  }
  result.json["validation"] = before_and_after(validation, names, result.rule);
  if (!prepared.sets.test.empty()) {
    result.json["test"] = before_and_after(predictions_of(outcome, prepared.sets.test), names, result.rule);
  }
  result.text = text_of(result, names);
  return result;
}

}  // namespace soundfold::protocols
