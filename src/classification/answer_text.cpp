// SPDX-License-Identifier: Apache-2.0
#include "classification/answer_text.h"

#include "evaluation/calibration.h"
#include "text/csv.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>

namespace soundfold::classification {
namespace {

/// "  1.44", so that the lines of a timeline begin alike.
std::string aligned(double seconds) {
  const std::string text = fixed(seconds, 2);
  return std::string(6 - std::min<std::size_t>(6, text.size()), ' ') + text;
}

std::string as_text(const nlohmann::json& answer) {
  std::string text = answer.value("none", "");
  for (const auto& entry : answer["classes"]) {
    text += (text.empty() ? "" : ", ") + entry["class"].get<std::string>() + " " +
            fixed(entry["probability"].get<double>(), 3);
  }
  return text;
}

std::string dumped(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

/// {"classes": [{"class", "probability"}, ...]}, most probable first, and "none" saying why when there are none.
nlohmann::json AnswerText::answer(const std::vector<double>& probabilities, bool silent, float level_dbfs) const {
  const auto rule = options_.all ? evaluation::DecisionRule() : classifier_.rule();
  auto found = rule.answer(probabilities, silent && !options_.all);
  if (found.classes.size() > options_.top) found.classes.resize(options_.top);
  nlohmann::json json = {{"classes", nlohmann::json::array()},
                         {"level_dbfs", std::round(10.0 * double{level_dbfs}) / 10}};
  for (const auto k : found.classes) {
    json["classes"].push_back({{"class", classifier_.class_names()[k]}, {"probability", probabilities[k]}});
  }
  if (!found.none.empty()) json["none"] = found.none;
  return json;
}

std::string AnswerText::csv_rows(double start_s, double end_s, const nlohmann::json& answer) const {
  const std::string where = csv_field(file_) + "," + fixed(start_s, 2) + "," + fixed(end_s, 2) + ",";
  if (answer.contains("none")) return where + (answer["none"] == "silence" ? "silence" : "") + ",\n";
  std::string rows;
  for (const auto& entry : answer["classes"]) {
    rows += where + csv_field(entry["class"].get<std::string>()) + "," + fixed(entry["probability"].get<double>(), 6) +
            "\n";
  }
  return rows;
}

void AnswerText::add(const runtime::Window& window) {
  if (options_.pooling == ClipPooling::max && !(window.silent && !options_.all)) {
    largest_.resize(window.probabilities.size(), 0);
    for (std::size_t k = 0; k < largest_.size(); ++k) largest_[k] = std::max(largest_[k], window.probabilities[k]);
  }
  if (!options_.timeline) return;
  auto found = answer(window.probabilities, window.silent, window.level_dbfs);
  switch (options_.format) {
    case AnswerFormat::json:
      found.update({{"start_s", window.start_s}, {"end_s", window.end_s}});
      timeline_ += (timeline_.empty() ? "" : ",") + dumped(found);
      break;
    case AnswerFormat::csv:
      timeline_ += csv_rows(window.start_s, window.end_s, found);
      break;
    case AnswerFormat::text:
      timeline_ += "  " + aligned(window.start_s) + " to " + aligned(window.end_s) + " s: " + as_text(found) + "\n";
      break;
  }
}

std::string AnswerText::finish(const runtime::Clip& clip) const {
  auto overall = answer(largest_.empty() ? clip.probabilities : largest_, clip.silent, clip.level_dbfs);
  const bool of_these = classifier_.is_closed_set() && !overall["classes"].empty();
  if (options_.format == AnswerFormat::csv) {
    return options_.timeline ? timeline_ : csv_rows(0, clip.seconds, overall);
  }
  if (options_.format == AnswerFormat::text) {
    return file_ + ": " + as_text(overall) + (of_these ? " (of these classes)" : "") + "\n" + timeline_;
  }
  overall.update({{"file", file_}, {"seconds", clip.seconds}, {"of_these_classes", of_these}});
  std::string line = dumped(overall);
  if (options_.timeline) line.insert(line.size() - 1, ",\"timeline\":[" + timeline_ + "]");
  return line + "\n";
}

}  // namespace soundfold::classification
