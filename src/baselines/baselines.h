// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "evaluation/baseline.h"
#include "evaluation/metrics.h"
#include "features/prepare.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What would be right without training: what a result is measured against.
namespace soundfold::baselines {

/// Kinds of baselines, in the order in which they are given.
inline constexpr const char* kMajorityClass = "majority_class";
inline constexpr const char* kOwnClasses = "backbone_classes";
inline constexpr const char* kNearestClip = "nearest_training_clip";

/// One training and the clips that its accuracy is measured on, as numbers of clips of the data set.
struct TestedClips {
  std::vector<std::int64_t> train, tested;
  bool validation = false;  ///< `tested` are the validation clips, as there are no test clips
};

/// The only training of a fixed run, or all rounds of a cross-validation in their order, with their test clips: where a
/// fixed run has none, with its validation clips.
std::vector<TestedClips> tested_clips(const config::Experiment& experiment, const features::PreparedFeatures& prepared);

/// Always the class with the most clips of `metrics`. Nothing without clips; of several labels a clip there is none.
std::optional<evaluation::Baseline> majority_baseline(const evaluation::Metrics& metrics);

/// How many of the tested clips of all trainings would be right without training: always the largest class, the
/// backbone's own classes where they match (matched_classes.h), the label of the nearest training clip by the cosine of
/// mean embeddings. With several labels a clip the last alone, which has to name all of them. Without the store's
/// embeddings a warning, and the first alone.
std::vector<evaluation::Baseline> run_baselines(const config::Experiment& experiment,
                                                const features::PreparedFeatures& prepared);

/// [{"kind": "majority_class", "what": ..., "note": ..., "correct": 8, "clips": 16, "accuracy": 0.5}, ...].
nlohmann::json baselines_json(const std::vector<evaluation::Baseline>& baselines);

/// From that form; none from null.
std::vector<evaluation::Baseline> baselines_from_json(const nlohmann::json& json);

/// "always dog 50.00 % (8/16), YAMNet's own classes 93.75 % (15/16)"; empty without baselines.
std::string baselines_text(const std::vector<evaluation::Baseline>& baselines);

}  // namespace soundfold::baselines
