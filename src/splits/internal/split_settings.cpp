// SPDX-License-Identifier: Apache-2.0
#include "splits/internal/split_settings.h"

#include "config/options.h"
#include "splits/rounds.h"

namespace soundfold::splits {
namespace {

/// Why the key has no effect; empty when it has one.
std::string why_idle(const std::string& key, const dataset::Dataset& data) {
  const bool fraction = key == "folds.validation_fraction" || key == "folds.test_fraction";
  const bool fold = key == "folds.train" || key == "folds.validation" || key == "folds.test";
  if (data.gives_splits()) {
    if (fold) return "the data come with their own splits";
    const auto split = key == "folds.test_fraction" ? dataset::Split::test : dataset::Split::validation;
    // Only what is missing for validation is drawn.
    return fraction && (split == dataset::Split::test || data.gives_split(split))
               ? "the data come with their own splits"
               : "";
  }
  const bool has_folds = !data.folds().empty();
  if (fold && !has_folds)
    return "the data have no folds; they are split at random by folds.validation_fraction and test_fraction";
  if (fraction && has_folds) return "the data have folds; they are split by folds.train, validation and test";
  return "";
}

}  // namespace

std::vector<std::string> idle_split_settings(const config::Experiment& experiment, const dataset::Dataset& data) {
  std::vector<std::string> lines;
  if (experiment.protocol.cross_validates()) return lines;
  auto given = experiment;
  config::Experiment defaults;
  const auto options = config::options_of(given), usual = config::options_of(defaults);
  for (std::size_t i = 0; i < options.size(); ++i) {
    const auto value = config::value_text(options[i]);
    if (value == config::value_text(usual[i])) continue;
    const auto reason = why_idle(options[i].key, data);
    if (!reason.empty()) lines.push_back(options[i].key + ": " + value + " has no effect: " + reason);
  }
  return lines;
}

}  // namespace soundfold::splits
