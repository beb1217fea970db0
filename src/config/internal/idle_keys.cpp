// SPDX-License-Identifier: Apache-2.0
#include "config/internal/idle_keys.h"

#include "config/internal/relevance.h"
#include "config/load.h"
#include "support/errors.h"
#include "support/logging.h"

namespace soundfold::config {
namespace {

std::string value_of(const std::string& key, Experiment experiment) {
  for (const auto& option : options_of(experiment)) {
    if (option.key == key) return value_text(option);
  }
  return "";
}

}  // namespace

std::set<std::string> idle_keys(const Settings& settings, const Experiment& experiment) {
  std::set<std::string> idle;
  for (const auto& [key, setting] : settings) {
    if (!missing_for(key, experiment).empty()) idle.insert(key);
  }
  if (idle.empty() || experiment.sweep.empty()) return idle;
  for (const auto& member : sweep_members(experiment)) {
    const auto each = member_experiment(experiment, member);
    for (auto key = idle.begin(); key != idle.end();) key = missing_for(*key, each).empty() ? idle.erase(key) : ++key;
  }
  return idle;
}

void refuse_idle(const std::string& key, const Setting& setting, const Experiment& experiment) {
  const auto value = value_of(key, experiment);
  const auto text =
      setting.where + ": " + key + ": " + value + " has no effect; it needs " + missing_for(key, experiment);
  if (value != value_of(key, Experiment())) throw UsageError(text);
  if (setting.origin == Origin::command_line) spdlog::warn("{}", text);
}

}  // namespace soundfold::config
