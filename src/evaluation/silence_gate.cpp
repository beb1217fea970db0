// SPDX-License-Identifier: Apache-2.0
#include "evaluation/silence_gate.h"

#include "support/errors.h"

#include <cmath>
#include <string>

namespace soundfold::evaluation {
namespace {

double gate_number(const nlohmann::json& json, const std::string& name, double low, double high) {
  const auto at = json.find(name);
  const double value = at != json.end() && at->is_number() ? at->get<double>() : std::nan("");
  if (value >= low && value <= high) return value;
  throw DataError("the model's metadata: decision: silence_gate is " + json.dump() + ", where " + name +
                  " is not a number in its range; export the model again");
}

}  // namespace

nlohmann::json to_json(const std::optional<SilenceGate>& gate) {
  if (!gate) return false;
  return {{"dbfs", gate->dbfs}, {"score", gate->score}};
}

std::optional<SilenceGate> silence_gate_from(const nlohmann::json& json) {
  if (json.is_null()) return SilenceGate();
  if (json.is_boolean() && !json.get<bool>()) return std::nullopt;
  if (!json.is_object()) {
    throw DataError("the model's metadata: decision: silence_gate is " + json.dump() +
                    ", neither false nor an object; export the model again");
  }
  return SilenceGate{gate_number(json, "dbfs", -200, 0), gate_number(json, "score", 0, 1)};
}

}  // namespace soundfold::evaluation
