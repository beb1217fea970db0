// SPDX-License-Identifier: Apache-2.0
#include "rounds/calibrate.h"

#include "heads/prediction.h"
#include "runs/result.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/json_number.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace soundfold::rounds {
namespace {

/// `thresholds` are those of macro F1; without any it counts the answers.
nlohmann::json measured(const evaluation::Predictions& clips, const std::vector<std::string>& names,
                        const evaluation::DecisionRule& rule, const std::vector<double>& thresholds) {
  const auto scaled = evaluation::with_temperature(clips, rule.temperature);
  const auto metrics = evaluation::compute_metrics(scaled, names);
  const double f1 = thresholds.empty() ? metrics.macro_f1 : evaluation::macro_f1_at(scaled, thresholds);
  return {{"loss", number_or_null(metrics.loss)},
          {"calibration_error", number_or_null(metrics.calibration_error)},
          {"accuracy", number_or_null(evaluation::accuracy_with(clips, rule))},
          {"macro_f1", number_or_null(f1)}};
}

/// Before: temperature 1, the answers as trained, and macro F1 at thresholds of 0.5 where there are thresholds.
nlohmann::json before_and_after(const evaluation::Predictions& clips, const std::vector<std::string>& names,
                                const evaluation::DecisionRule& rule) {
  const std::vector<double> halves(rule.thresholds.size(), 0.5);
  return {{"clips", clips.sample_count()},
          {"before", measured(clips, names, evaluation::DecisionRule(), halves)},
          {"after", measured(clips, names, rule, rule.thresholds)}};
}

std::string in_column(const nlohmann::json& value, int width = 10) {
  char text[64];
  std::snprintf(text, sizeof text, "%*.4f", width, value.is_number() ? value.get<double>() : std::nan(""));
  return text;
}

std::string row(const std::string& name, const nlohmann::json& measured) {
  return name + std::string(name.size() < 24 ? 24 - name.size() : 1, ' ') + in_column(measured["loss"]) +
         in_column(measured["calibration_error"], 20) + in_column(measured["accuracy"]) +
         in_column(measured["macro_f1"]) + "\n";
}

double value_at(const nlohmann::json& measured, const char* key) {
  const auto found = measured.find(key);
  return found != measured.end() && found->is_number() ? found->get<double>() : std::nan("");
}

/// "0.8250 -> 0.7920" of a split's "before" and "after".
std::string change_of(const nlohmann::json& split, const char* key, double scale, int digits) {
  return fixed(scale * value_at(split.at("before"), key), digits) + " -> " +
         fixed(scale * value_at(split.at("after"), key), digits);
}

/// Why the thresholds may be worse than none; empty when they are not, or nothing was tested.
std::string worse_by_thresholds(const nlohmann::json& json) {
  if (!json.contains("thresholds") || !json.contains("test")) return "";
  const auto& test = json["test"];
  const double before = value_at(test.at("before"), "macro_f1"), after = value_at(test.at("after"), "macro_f1");
  if (!(after < before)) return "";  // NaN too
  return "calibration.thresholds made macro F1 of the test clips worse, " + change_of(test, "macro_f1", 1, 4) +
         ": they were chosen on " + fixed(value_at(json.at("validation"), "clips"), 0) + " validation clips";
}

std::string text_of(const CalibrationResult& result, const std::vector<std::string>& names) {
  std::string text = "\nCalibration on the validation clips: temperature " + in_column(result.rule.temperature, 0);
  if (result.json.contains("note")) text += " (" + result.json["note"].get<std::string>() + ")";
  text += "\nclips                         loss   calibration error  accuracy  macro F1\n";
  for (const std::string split : {"validation", "test"}) {
    if (!result.json.contains(split)) continue;
    text += row(split + " before", result.json[split]["before"]) + row(split + " after", result.json[split]["after"]);
  }
  if (!result.rule.thresholds.empty()) text += "Thresholds:";
  for (std::size_t k = 0; k < result.rule.thresholds.size(); ++k) {
    text += (k == 0 ? " " : ", ") + names[k] + " " + in_column(result.rule.thresholds[k], 0);
  }
  if (!result.rule.thresholds.empty()) text += "\n";
  text += "Effect: " + calibration_effect(result.json) + "\n";
  const auto warning = calibration_warning(result.json);
  return warning.empty() ? text : text + "Warning: " + warning + "\n";
}

evaluation::Predictions predictions_of(training::Outcome& outcome, const heads::FeatureSet& features) {
  return runs::clip_predictions(features, heads::predict(outcome.head, features, 8192, false).clip_logits);
}

/// Appends every number in `from` to the list at the same place of `all`.
void collect_numbers(const nlohmann::json& from, nlohmann::json& all) {
  for (const auto& [key, value] : from.items()) {
    if (value.is_object()) collect_numbers(value, all[key]);
    if (value.is_number()) all[key].push_back(value);
  }
}

/// The same with the mean in place of each list.
nlohmann::json means_of(const nlohmann::json& all) {
  auto means = nlohmann::json::object();
  for (const auto& [key, value] : all.items()) {
    if (value.is_object()) means[key] = means_of(value);
    if (!value.is_array()) continue;
    double sum = 0;
    for (const auto& number : value) sum += number.get<double>();
    means[key] = sum / static_cast<double>(value.size());
  }
  return means;
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
  if (const auto warning = worse_by_thresholds(result.json); !warning.empty()) result.json["warning"] = warning;
  result.text = text_of(result, names);
  return result;
}

std::string calibration_effect(const nlohmann::json& calibration) {
  if (!calibration.is_object()) return "";
  const bool tested = calibration.contains("test");
  const auto& split = calibration.at(tested ? "test" : "validation");
  const std::string clips = tested ? "test clips" : "validation clips, on which they were fitted";
  const bool thresholds = calibration.contains("thresholds");
  std::string text = "temperature " + fixed(value_at(calibration, "temperature"), 4);
  text += thresholds ? ", a threshold for each class; " : " changes no answer; ";
  text += clips + ": ";
  if (thresholds) {
    text += "accuracy " + change_of(split, "accuracy", 100, 2) + " %, macro F1 " + change_of(split, "macro_f1", 1, 4) +
            ", ";
  }
  return text + "loss " + change_of(split, "loss", 1, 4) + ", calibration error " +
         change_of(split, "calibration_error", 1, 4);
}

nlohmann::json mean_calibration(const nlohmann::json& rounds) {
  nlohmann::json all;
  for (const auto& round : rounds) {
    const auto found = round.find("calibration");
    if (found != round.end() && found->is_object()) collect_numbers(*found, all);
  }
  if (all.is_null()) return nullptr;
  auto mean = means_of(all);
  if (const auto warning = worse_by_thresholds(mean); !warning.empty()) mean["warning"] = warning;
  return mean;
}

std::string rounds_calibration_text(const nlohmann::json& mean) {
  if (!mean.is_object()) return "";
  const auto warning = calibration_warning(mean);
  return "calibration, mean of the rounds: " + calibration_effect(mean) + "\n" +
         (warning.empty() ? "" : "warning: " + warning + "\n");
}

std::string calibration_warning(const nlohmann::json& calibration) {
  return calibration.is_object() ? calibration.value("warning", "") : "";
}

}  // namespace soundfold::rounds
