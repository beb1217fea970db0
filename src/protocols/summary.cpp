// SPDX-License-Identifier: Apache-2.0
#include "protocols/summary.h"

#include "baselines/baselines.h"
#include "evaluation/text_report.h"
#include "protocols/internal/fold_table.h"
#include "report_data/write_report.h"
#include "rounds/calibrate.h"
#include "runs/export_run.h"
#include "runs/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::protocols {
namespace {

constexpr std::size_t kNameWidth = 14;

/// "  train         48 clips, 480 windows".
std::string named_line(const std::string& name, const std::string& value) {
  return "  " + name + std::string(name.size() < kNameWidth ? kNameWidth - name.size() : 0, ' ') + value + "\n";
}

/// Of the clips or windows of a test.
std::string right_text(const nlohmann::json& level) {
  return percent_text(level.value("accuracy", 0.0), level.value("correct", std::int64_t{0}),
                      level.value("sample_count", std::int64_t{0}));
}

std::string clips_text(const nlohmann::json& level) {
  return right_text(level) + ", " +
         evaluation::interval_text(level.value("correct", std::int64_t{0}),
                                   level.value("sample_count", std::int64_t{0}));
}

/// Windows are judged one by one. A silent one holds no sound of its class, and its wrong answer does not make the
/// clip's wrong: those with sound are counted first.
std::string windows_text(const nlohmann::json& test) {
  const auto& all = test.at("windows");
  if (all.value("accuracy", 0.0) > test.at("clips").value("accuracy", 0.0)) {
    return right_text(all) + ", each by itself; a clip is answered from all of its windows together";
  }
  const auto sounding = test.find("sounding_windows");
  if (sounding == test.end()) return right_text(all);
  const auto silent = all.value("sample_count", std::int64_t{0}) - sounding->value("sample_count", std::int64_t{0});
  return right_text(*sounding) + " of those with sound; with the " + std::to_string(silent) + " silent ones " +
         right_text(all);
}

std::string data_lines(const nlohmann::json& data) {
  std::string text = named_line("data", data.value("description", ""));
  for (const char* split : {"train", "validation", "test"}) {
    const auto& counts = data.at(split);
    text += named_line(split, std::to_string(counts.value("clips", 0)) + " clips, " +
                                  std::to_string(counts.value("windows", 0)) + " windows");
  }
  if (const auto variants = data.find("variants"); variants != data.end()) {
    text += named_line(
        "variants", std::to_string(variants->value("clips", 0)) + " of the training clips are variants of the others");
  }
  if (const auto silent = data.find("silent_windows"); silent != data.end()) {
    text += named_line("silence", silent->value("text", ""));
  }
  if (const auto& skipped = data.at("skipped_clips"); !skipped.empty()) {
    text += named_line("skipped", std::to_string(skipped.size()) + " clips, listed in skipped.txt");
  }
  return text;
}

std::string baselines_of(const nlohmann::json& json) {
  return baselines::baselines_text(baselines::baselines_from_json(json.value("baselines", nlohmann::json())));
}

/// Of the test clips, else of the validation clips; then what would be right without training.
std::string accuracy_lines(const nlohmann::json& json) {
  const auto test = json.value("test", nlohmann::json()), validation = json.value("validation", nlohmann::json());
  std::string text;
  if (test.is_object()) {
    text += named_line("clips right", clips_text(test.at("clips")));
    text += named_line("windows right", windows_text(test));
  } else if (validation.is_object()) {
    text += named_line("no test", "validation clips right " + right_text(validation.at("clips")) +
                                      "; the training may have chosen its epoch by them: on new sounds expect less");
  }
  if (const auto baselines = baselines_of(json); !baselines.empty()) text += named_line("untrained", baselines);
  return text;
}

std::string training_lines(const nlohmann::json& json) {
  std::string text = named_line("epochs", std::to_string(json.value("epochs_run", 0)) + ", best " +
                                              std::to_string(json.value("best_epoch", 0)) +
                                              (json.value("stopped_early", false) ? ", stopped early" : ""));
  text += accuracy_lines(json);
  if (const auto fitted = json.find("calibration"); fitted != json.end() && fitted->is_object()) {
    text += named_line("calibration", rounds::calibration_effect(*fitted));
    if (const auto warning = rounds::calibration_warning(*fitted); !warning.empty())
      text += named_line("warning", warning);
  }
  return text;
}

std::string run_lines(const runs::RunResult& result) {
  const auto& json = result.json;
  std::string text = named_line("device", runs::device_text(json));
  for (const auto& change : json.value("resumed_with", std::vector<std::string>())) {
    text += named_line("resumed with", change);
  }
  const auto exported = runs::export_of(json);
  if (const auto precision = runs::precision_text(exported); !precision.empty()) {
    text += named_line("precision", precision);
  }
  text += named_line("model", (result.folder / exported.value("file", "model.pt")).string() +
                                  (result.problem.empty() ? "" : " (not verified)"));
  if (const auto warning = runs::without_negatives(json.at("data")); !warning.empty()) {
    text += named_line("warning", warning);
  }
  return text + named_line("run", result.folder.string()) + report_data::report_line(result.folder);
}

/// Of a cross-validation.
std::string final_model_lines(const runs::RunResult& result) {
  const auto& json = result.json;
  const auto model = json.find("final_model");
  if (model == json.end()) return "no model: protocol.final_model is none\n";
  const auto exported = runs::export_of(json);
  std::string text = "model on all folds, " + std::to_string(model->value("epochs", 0)) +
                     " epochs: " + (result.folder / exported.value("file", "model.pt")).string() +
                     (result.problem.empty() ? "" : " (not verified)") +
                     "\n  (the rounds estimate its accuracy; protocol.final_model: none leaves it out)\n";
  if (const auto precision = runs::precision_text(exported); !precision.empty()) text += precision + "\n";
  if (const auto warning = runs::without_negatives(json.at("data")); !warning.empty()) {
    text += "warning: " + warning + "\n";
  }
  return text;
}

std::string cross_validation_summary(const runs::RunResult& result) {
  const auto& json = result.json;
  std::string text = json.value("experiment", "") + ": " + json.value("protocol", "") + "\n";
  if (result.was_finished) text += "(finished before with the same settings, data and weights)\n";
  text += json.at("data").value("description", "") + "\n\n" + json.value("report", "") + "\n";
  if (const auto baselines = baselines_of(json); !baselines.empty()) text += "untrained: " + baselines + "\n";
  text += rounds::rounds_calibration_text(json.value("calibration", nlohmann::json()));
  text += final_model_lines(result) + "device: " + runs::device_text(json) + "\n";
  for (const auto& change : json.value("resumed_with", std::vector<std::string>())) {
    text += "resumed with " + change + "\n";
  }
  return text + "run: " + result.folder.string() + "\n" + report_data::report_line(result.folder);
}

}  // namespace

std::string summary_text(const runs::RunResult& result) {
  const auto& json = result.json;
  const auto sweep = json.contains("sweep") ? json.at("sweep").value("text", "") + "\n" : "";
  if (json.contains("rounds")) return sweep + cross_validation_summary(result);
  return sweep + json.value("experiment", "") +
         (result.was_finished ? " was finished before with the same settings, data and weights\n" : "\n") +
         data_lines(json.at("data")) + training_lines(json) + run_lines(result);
}

}  // namespace soundfold::protocols
