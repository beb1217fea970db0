// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "assessment/report_input.h"
#include "deploy/model.h"
#include "evaluation/baseline.h"
#include "evaluation/metrics.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace soundfold::assessment {

/// "YAMNet", or "the backbone", by what the model's metadata say of its weights.
std::string backbone_name_of(const deploy::Model& model);

/// What would be right without training: always the largest class, and the backbone's own classes where they match
/// those of the model (head.known_classes of its configuration, else by name). None with several labels a clip.
std::vector<evaluation::Baseline> evaluation_baselines(const deploy::Model& model, const AnsweredClips& answered,
                                                       const evaluation::Metrics& metrics);

/// A table with a line for each clip: its labels, the model's answer, and the three of the backbone's own classes with
/// the highest mean score over its windows. `clip_ids` are those of the answered clips.
std::string backbone_table(const deploy::Model& model, const AnsweredClips& answered,
                           const std::vector<std::string>& clip_ids);

/// The same for machines: [{"clip": ..., "truth": [...], "predicted": [...], "probability": 0.9, "backbone": [{"name":
/// "Dog", "score": 0.8}, ...]}, ...]; "probability" is that of the first class predicted, or null without one.
nlohmann::json backbone_table_json(const deploy::Model& model, const AnsweredClips& answered,
                                   const std::vector<std::string>& clip_ids);

}  // namespace soundfold::assessment
