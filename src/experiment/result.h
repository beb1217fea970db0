// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "evaluation/report.h"
#include "experiment/prepare.h"
#include "training/trainer.h"

#include <nlohmann/json.hpp>

#include <string>

/// What a run writes down of itself. Private to experiment/.
namespace soundfold::experiment {

/// Digest of everything that decides the result: the configuration (its `run.` keys aside), the clips' records (which
/// name audio, weights and recipe), the splits and the program's version.
std::string fingerprint(const config::Experiment& experiment, const PreparedFeatures& prepared);

/// {"train": {"clips": 16, "frames": 160}, ...}: what a model is made from, whether it was stored before or not.
nlohmann::json data_json(const PreparedFeatures& prepared);

/// The same with what this run found in the store and what it computed.
nlohmann::json data_json_of_run(const PreparedFeatures& prepared);

/// A result as text to be kept and trusted later: indented JSON with a digest of itself under "digest".
std::string sealed_text(nlohmann::json result);

/// Such a text read again, without the digest; null when it is damaged, or was written without one.
nlohmann::json unsealed(const std::string& text);

/// One line of metrics.jsonl; NaN as null.
nlohmann::json epoch_json(const training::EpochMetrics& metrics);

/// Test predictions as the evaluation room takes them.
evaluation::Predictions clip_predictions(const training::FeatureSet& features, const torch::Tensor& logits);
evaluation::Predictions frame_predictions(const training::FeatureSet& features, const torch::Tensor& logits);

}  // namespace soundfold::experiment
