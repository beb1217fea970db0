// SPDX-License-Identifier: Apache-2.0
#include "charts/epoch_file.h"

#include "support/files.h"
#include "text/json_depth.h"

#include <cmath>
#include <sstream>
#include <string>

namespace soundfold::charts {

double number_of(const nlohmann::json& line, const char* key) {
  const auto value = line.find(key);
  return value != line.end() && value->is_number() ? value->get<double>() : std::nan("");
}

std::vector<nlohmann::json> epoch_lines(const std::filesystem::path& file) {
  std::vector<nlohmann::json> result;
  if (!std::filesystem::is_regular_file(file)) return result;
  std::istringstream lines(read_file(file));
  for (std::string text; std::getline(lines, text);) {
    auto line = nested_deeper_than(text) ? nlohmann::json() : nlohmann::json::parse(text, nullptr, false);
    if (line.is_object() && std::isfinite(number_of(line, "epoch"))) result.push_back(std::move(line));
  }
  return result;
}

std::vector<CurvePoint> epochs_of(const std::filesystem::path& file, std::int64_t& best_epoch) {
  std::vector<CurvePoint> epochs;
  for (const auto& line : epoch_lines(file)) {
    const auto epoch = static_cast<std::int64_t>(number_of(line, "epoch"));
    epochs.push_back({epoch, number_of(line, "loss"), number_of(line, "accuracy"), number_of(line, "validation_loss"),
                      number_of(line, "validation_accuracy")});
    const auto best = line.find("best");
    if (best != line.end() && best->is_boolean() && best->get<bool>()) best_epoch = epoch;
  }
  return epochs;
}

}  // namespace soundfold::charts
