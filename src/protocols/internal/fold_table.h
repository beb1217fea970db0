// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "splits/rounds.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace soundfold::protocols {

/// One line of a cross-validation's table.
struct FoldRow {
  splits::Round round;
  std::int64_t clips_correct = 0, clips = 0, windows_correct = 0, windows = 0;
  std::int64_t epochs_run = 0, kept_epoch = 0;  ///< kept: the epoch whose weights were tested
  std::string source;                           ///< the source left out; empty where folds hold several
  double clip_accuracy() const { return static_cast<double>(clips_correct) / static_cast<double>(clips); }
  double window_accuracy() const { return static_cast<double>(windows_correct) / static_cast<double>(windows); }
};

/// "98.75 % (79/80)".
std::string percent_text(double fraction, std::int64_t correct, std::int64_t count);

/// The row of a round's result.json.
FoldRow fold_row(const splits::Round& round, const nlohmann::json& result);

/// An accuracy over all rounds. Deviations are sample standard deviations (divided by n - 1); NaN for one value.
struct AccuracySummary {
  double mean = 0;                 ///< over all rounds
  double deviation_of_rounds = 0;  ///< how much folds and seeds together vary
  std::vector<double> seed_means;  ///< over the folds of each seed: one result of the benchmark each
  double deviation_of_seeds = 0;   ///< of seed_means: how much chance in training alone varies the result
};
/// `values` has one entry per row; rows of one seed are adjacent.
AccuracySummary summarize(const std::vector<FoldRow>& rows, const std::vector<double>& values);
AccuracySummary summarize_clips(const std::vector<FoldRow>& rows);
AccuracySummary summarize_windows(const std::vector<FoldRow>& rows);

/// The mean number of epochs after which the kept weights were reached, rounded; at least 1.
std::int64_t mean_kept_epoch(const std::vector<FoldRow>& rows);

/// For users: one line per round, then means and deviations of clips and windows. Where folds differ in size, the share
/// over all clips follows, as the mean gives the clips of small folds more weight.
std::string fold_table_text(const std::vector<FoldRow>& rows);
/// For machines: the same rows (folds.csv).
std::string fold_table_csv(const std::vector<FoldRow>& rows);
nlohmann::json summary_json(const AccuracySummary& summary);

}  // namespace soundfold::protocols
