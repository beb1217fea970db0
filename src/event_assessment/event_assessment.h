// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event_scoring/event_counts.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>

/// A model's events beside people's annotations: what `evaluator --annotations` does.
namespace soundfold::event_assessment {

/// What to evaluate.
struct AssessmentRequest {
  std::filesystem::path model;        ///< model.safetensors, or a folder with one
  std::filesystem::path annotations;  ///< label file
  std::filesystem::path recordings;   ///< see read_annotations
  std::optional<double> hop_s;        ///< between windows; nothing: as the rules were fitted for, else the model's own
  std::filesystem::path scores;       ///< folder in which scores are kept; empty: none are
  bool fit = false;                   ///< fit rules, and write them into the model
  double most_false_alarms_per_hour = 1;  ///< see event_fitting::FitOptions
  bool compare = false;                   ///< see compare_rules
  int threads = 0;                        ///< 0: the processors this process may use
  event_scoring::ScoringOptions scoring;
};

struct Assessment {
  std::string text;
  nlohmann::json json;
};

/// Scores the recordings, finds events by the model's rules, and measures them; with `fit` then fits rules to the same
/// recordings, says what the cross-validation measured, and writes them into the model. Throws UsageError for a
/// model.pt, whose rules cannot be written or read, and as read_annotations and fit_rules; Interrupted on request.
Assessment assess_events(const AssessmentRequest& request);

}  // namespace soundfold::event_assessment
