// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "evaluation/calibration.h"
#include "features/prepare.h"
#include "runs/run_folder.h"
#include "runs/run_options.h"
#include "training/trainer.h"

#include <nlohmann/json.hpp>

#include <string>

namespace soundfold::runs {

/// Writes the run's model.pt, and model.safetensors beside it, or model.unverified.pt when it is not what was trained.
/// `prepared` is as head_view gives it; `clip_logits` [C, K] are those of prepared.sets.test, or anything when there is
/// no test. The file is compared with the trained head on its own features, and with the trainer's logits, on a few
/// clips. Where the features were not computed in float32 on the CPU (backbone.precision, a GPU) the second is only
/// reported, with the accuracy of both on the test clips. Gives
///   {"file": "model.pt", "verified": true, "head_difference": 1e-6, "trainer_difference": 2e-6, "clips": 8,
///    "plain": {"file": "model.safetensors", "difference": 2e-6}}
/// with "problem" (one line) when not verified, and "precision" when the features were computed in another one.
nlohmann::json export_head(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                           training::Outcome& outcome, const torch::Tensor& clip_logits, const nlohmann::json& test,
                           const evaluation::DecisionRule& rule, const RunOptions& options, const RunFolder& run);

/// Enters what export_head gave into a run's result (or into "final_model" of one): "export" and "export_difference";
/// with head.standardize "standardization", with head.known_classes "known_class_weight". The last two are in the
/// model's metadata, too.
void enter_export(const nlohmann::json& exported, training::Outcome& outcome, nlohmann::json& result);

/// The export of a run's result; null when it exported nothing.
nlohmann::json export_of(const nlohmann::json& result);

/// What happened and what to do, in one line, when the export of this result is not verified; otherwise empty.
std::string export_problem(const nlohmann::json& result, const std::filesystem::path& folder);

/// "bfloat16 -> float32: largest logit difference 0.12, clips right 97.50 % -> 97.50 %" for the summary; empty when
/// the features were computed as the exported file computes them.
std::string precision_text(const nlohmann::json& exported);

}  // namespace soundfold::runs
