// SPDX-License-Identifier: Apache-2.0
#include "protocols/summary.h"

#include "protocols/internal/cross_validation.h"
#include "runs/export_run.h"
#include "runs/result.h"

#include <iomanip>
#include <sstream>

namespace soundfold::protocols {
namespace {

std::string percent(const nlohmann::json& level) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << 100.0 * level.value("accuracy", 0.0) << " % ("
      << level.value("correct", 0) << "/" << level.value("sample_count", 0) << ")";
  return out.str();
}

}  // namespace

std::string summary_text(const runs::RunResult& result) {
  const auto& json = result.json;
  if (json.contains("rounds")) return cross_validation_summary(result);
  const auto& data = json.at("data");
  std::ostringstream out;
  const auto line = [&](const char* name, const std::string& value) {
    out << "  " << std::left << std::setw(14) << name << value << "\n";
  };
  const auto counts = [&](const char* split) {
    return std::to_string(data.at(split).value("clips", 0)) + " clips, " +
           std::to_string(data.at(split).value("frames", 0)) + " frames";
  };
  if (json.contains("sweep")) out << json.at("sweep").value("text", "") << "\n";
  out << json.value("experiment", "")
      << (result.was_finished ? " was finished before with the same settings, data and weights\n" : "\n");
  line("data", data.value("description", ""));
  line("train", counts("train"));
  line("validation", counts("validation"));
  line("test", counts("test"));
  if (data.contains("variants")) {
    line("variants",
         std::to_string(data["variants"].value("clips", 0)) + " of the training clips are variants of the others");
  }
  if (data.contains("silent_frames")) line("silence", data["silent_frames"].value("text", ""));
  if (!data.at("skipped_clips").empty())
    line("skipped", std::to_string(data.at("skipped_clips").size()) + " clips, listed in skipped.txt");
  line("epochs", std::to_string(json.value("epochs_run", 0)) + ", best " + std::to_string(json.value("best_epoch", 0)) +
                     (json.value("stopped_early", false) ? ", stopped early" : ""));
  if (!json.at("test").is_null()) {
    line("clips right", percent(json.at("test").at("clips")));
    line("frames right", percent(json.at("test").at("frames")));
  }
  if (const auto c = json.find("calibration"); c != json.end() && c->is_object()) {
    line("calibration", "temperature " + std::to_string(c->value("temperature", 1.0)) +
                            (c->contains("thresholds") ? ", a threshold for each class" : ""));
  }
  line("device", runs::device_text(json));
  for (const auto& change : json.value("resumed_with", std::vector<std::string>())) line("resumed with", change);
  const auto exported = runs::export_of(json);
  if (const auto precision = runs::precision_text(exported); !precision.empty()) line("precision", precision);
  line("model", (result.folder / exported.value("file", "model.pt")).string() +
                    (result.problem.empty() ? "" : " (not verified)"));
  if (const auto warning = runs::without_negatives(data); !warning.empty()) line("warning", warning);
  line("run", result.folder.string());
  return out.str();
}

}  // namespace soundfold::protocols
