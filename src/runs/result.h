// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "evaluation/report.h"
#include "features/prepare.h"
#include "heads/feature_set.h"
#include "training/epoch_metrics.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

/// What a run writes down of itself.
namespace soundfold::runs {

/// Digest of everything that decides the result: the configuration (its `run.` keys aside), the clips' records (which
/// name audio, weights and recipe), the splits and the program's version.
std::string fingerprint(const config::Experiment& experiment, const features::PreparedFeatures& prepared);

/// {"clips": 16, "windows": 160}.
nlohmann::json counts_json(const heads::FeatureSet& set);

/// {"train": {"clips": 16, "windows": 160}, ...}: what a model is made from, whether it was stored before or not.
nlohmann::json data_json(const features::PreparedFeatures& prepared);

/// The same with what this run found in the store and what it computed.
nlohmann::json data_json_of_run(const features::PreparedFeatures& prepared);

/// A result as text to be kept and trusted later: indented JSON with a digest of itself under "digest".
std::string sealed_text(nlohmann::json result);

/// Such a text read again, without the digest; null when it is damaged, or was written without one.
nlohmann::json unsealed(const std::string& text);

/// "cpu, 2 threads (auto: this LibTorch sees no CUDA device)" of a result.
std::string device_text(const nlohmann::json& result);

/// One sentence when the classes of a result's data leave no answer for other sounds; empty for several labels per clip
/// and with data.negative_class.
std::string without_negatives(const nlohmann::json& data);

/// One line of metrics.jsonl; NaN as null.
nlohmann::json epoch_json(const training::EpochMetrics& metrics);

/// Test predictions as the evaluation room takes them.
evaluation::Predictions clip_predictions(const heads::FeatureSet& features, const torch::Tensor& logits);
evaluation::Predictions window_predictions(const heads::FeatureSet& features, const torch::Tensor& logits);

/// The evaluation of these logits, [C, K] and [W, K]; silent windows are told apart where the set has levels.
evaluation::Evaluation evaluate(const heads::FeatureSet& features, const torch::Tensor& clip_logits,
                                const torch::Tensor& window_logits, const std::vector<std::string>& class_names);

}  // namespace soundfold::runs
