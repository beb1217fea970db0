// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rounds/round_training.h"
#include "splits/rounds.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace soundfold::rounds {

/// A finished round of a cross-validation: what its folder holds.
struct RoundResult {
  splits::Round round;
  nlohmann::json json;          ///< result.json
  torch::Tensor clip_logits;    ///< [C, K] of the test clips
  torch::Tensor window_logits;  ///< [W, K] of their windows
};

/// What a result belongs to: everything that decides it, so that a resumed run can check it.
std::string round_fingerprint(const config::Experiment& experiment, const splits::Round& round,
                              const features::PreparedFeatures& prepared);

/// Tests the trained head (`prepared` is as head_view gives it) of a round on its test fold and writes the round's
/// folder: predictions.csv (and validation_predictions.csv of its validation fold), the logits (test_clip_logits.npy,
/// test_window_logits.npy) and, last, result.json; removes the checkpoint.
RoundResult finish_round(const config::Experiment& experiment, const splits::Round& round,
                         const features::PreparedFeatures& prepared, training::Outcome& outcome,
                         const std::string& print, const std::filesystem::path& folder);

/// The result in the folder; nothing when there is none. Throws DataError when it is damaged or its fingerprint is not
/// `print`.
std::optional<RoundResult> read_round(const splits::Round& round, const std::string& print,
                                      const std::filesystem::path& folder);

}  // namespace soundfold::rounds
