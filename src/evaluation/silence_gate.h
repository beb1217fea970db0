// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <optional>

namespace soundfold::evaluation {

/// When a window of sound is silence, of which no class is an answer. A clip is silence when all its windows are, so
/// that a short sound between long pauses is none.
struct SilenceGate {
  double dbfs = -60;   ///< root-mean-square level below which a window is silence; -200 to 0
  double score = 0.5;  ///< score for the backbone's class Silence from which on it is silence too; 0 to 1

  /// `silence_score` is nothing for a backbone without a class of that name: then the level alone counts.
  bool silent(double level_dbfs, std::optional<double> silence_score) const {
    return level_dbfs < dbfs || (silence_score && *silence_score >= score);
  }
};

/// {"dbfs": -60, "score": 0.5}, or false for no gate.
nlohmann::json to_json(const std::optional<SilenceGate>& gate);

/// From to_json's form. Null means the default gate: files written before there was one have none of their own.
/// Throws DataError for anything else.
std::optional<SilenceGate> silence_gate_from(const nlohmann::json& json);

}  // namespace soundfold::evaluation
