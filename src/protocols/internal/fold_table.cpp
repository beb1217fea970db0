// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/fold_table.h"

#include "text/csv.h"
#include "text/json_number.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace soundfold::protocols {
namespace {

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values) {
  if (values.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

std::string percent_of(double fraction) {
  return fixed(100 * fraction, 2);
}

std::string padded(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string summary_line(const std::string& name, const std::vector<FoldRow>& rows, const AccuracySummary& summary) {
  std::string text = name + " mean " + percent_of(summary.mean) + " %";
  if (rows.size() > 1) {
    text += ", standard deviation " + percent_of(summary.deviation_of_rounds) + " over the " +
            std::to_string(rows.size()) + " rounds";
  }
  if (summary.seed_means.size() > 1) {
    std::vector<std::string> means;
    means.reserve(summary.seed_means.size());
    for (const double mean : summary.seed_means) means.push_back(percent_of(mean));
    text += ", " + percent_of(summary.deviation_of_seeds) + " over the " + std::to_string(means.size()) + " seeds' " +
            std::to_string(rows.size() / means.size()) + "-fold means (" + join(means) + ")";
  }
  return text + "\n";
}

/// "over all clips: 92.50 % (74/80)", where the mean over rounds is something else; empty where all are of one size.
std::string pooled_lines(const std::vector<FoldRow>& rows) {
  std::int64_t clips_correct = 0, clips = 0, windows_correct = 0, windows = 0;
  bool unequal = false;
  for (const auto& row : rows) {
    clips_correct += row.clips_correct;
    clips += row.clips;
    windows_correct += row.windows_correct;
    windows += row.windows;
    unequal = unequal || row.clips != rows.front().clips;
  }
  if (!unequal) return "";
  const auto share = [](std::int64_t correct, std::int64_t count) {
    return percent_text(static_cast<double>(correct) / static_cast<double>(count), correct, count);
  };
  return "over all clips: " + share(clips_correct, clips) + "\nover all windows: " + share(windows_correct, windows) +
         "\n";
}

bool names_sources(const std::vector<FoldRow>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const auto& row) { return !row.source.empty(); });
}

std::vector<double> each(const std::vector<FoldRow>& rows, double (FoldRow::*value)() const) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back((row.*value)());
  return values;
}

}  // namespace

std::string percent_text(double fraction, std::int64_t correct, std::int64_t count) {
  return percent_of(fraction) + " % (" + std::to_string(correct) + "/" + std::to_string(count) + ")";
}

FoldRow fold_row(const splits::Round& round, const nlohmann::json& result) {
  const auto& clips = result.at("test").at("clips");
  const auto& windows = result.at("test").at("windows");
  FoldRow row;
  row.round = round;
  row.clips_correct = clips.at("correct");
  row.clips = clips.at("sample_count");
  row.windows_correct = windows.at("correct");
  row.windows = windows.at("sample_count");
  row.epochs_run = result.at("epochs_run");
  row.kept_epoch = result.at("kept").at("epoch");
  return row;
}

AccuracySummary summarize(const std::vector<FoldRow>& rows, const std::vector<double>& values) {
  AccuracySummary summary;
  summary.mean = mean_of(values);
  summary.deviation_of_rounds = deviation_of(values);
  std::vector<double> of_seed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    of_seed.push_back(values[i]);
    if (i + 1 < rows.size() && rows[i + 1].round.seed == rows[i].round.seed) continue;
    summary.seed_means.push_back(mean_of(of_seed));
    of_seed.clear();
  }
  summary.deviation_of_seeds = deviation_of(summary.seed_means);
  return summary;
}

AccuracySummary summarize_clips(const std::vector<FoldRow>& rows) {
  return summarize(rows, each(rows, &FoldRow::clip_accuracy));
}

AccuracySummary summarize_windows(const std::vector<FoldRow>& rows) {
  return summarize(rows, each(rows, &FoldRow::window_accuracy));
}

std::int64_t mean_kept_epoch(const std::vector<FoldRow>& rows) {
  std::vector<double> epochs;
  epochs.reserve(rows.size());
  for (const auto& row : rows) epochs.push_back(static_cast<double>(row.kept_epoch));
  return std::max<std::int64_t>(1, std::llround(mean_of(epochs)));
}

std::string fold_table_text(const std::vector<FoldRow>& rows) {
  std::string text = padded("seed", 6) + padded("test", 6) + padded("validation", 12) + padded("clips right", 22) +
                     padded("windows right", 26) + padded("epochs", 8) + padded("kept", 6) +
                     (names_sources(rows) ? "  source left out\n" : "\n");
  for (const auto& row : rows) {
    const auto validation = row.round.validation == 0 ? "-" : std::to_string(row.round.validation);
    text += padded(std::to_string(row.round.seed), 6) + padded(std::to_string(row.round.test), 6) +
            padded(validation, 12) + padded(percent_text(row.clip_accuracy(), row.clips_correct, row.clips), 22) +
            padded(percent_text(row.window_accuracy(), row.windows_correct, row.windows), 26) +
            padded(std::to_string(row.epochs_run), 8) + padded(std::to_string(row.kept_epoch), 6) +
            (row.source.empty() ? "" : "  " + shown(row.source, 60)) + "\n";
  }
  return text + "\n" + summary_line("clip accuracy:  ", rows, summarize_clips(rows)) +
         summary_line("window accuracy:", rows, summarize_windows(rows)) + pooled_lines(rows);
}

std::string fold_table_csv(const std::vector<FoldRow>& rows) {
  const bool sources = names_sources(rows);
  std::string csv =
      "seed,test_fold,validation_fold,clip_accuracy,clips_correct,clips,window_accuracy,windows_correct,windows,"
      "epochs_run,kept_epoch";
  csv += sources ? ",test_source\n" : "\n";
  for (const auto& row : rows) {
    csv += std::to_string(row.round.seed) + "," + std::to_string(row.round.test) + "," +
           (row.round.validation == 0 ? "" : std::to_string(row.round.validation)) + "," +
           nlohmann::json(row.clip_accuracy()).dump() + "," + std::to_string(row.clips_correct) + "," +
           std::to_string(row.clips) + "," + nlohmann::json(row.window_accuracy()).dump() + "," +
           std::to_string(row.windows_correct) + "," + std::to_string(row.windows) + "," +
           std::to_string(row.epochs_run) + "," + std::to_string(row.kept_epoch) +
           (sources ? "," + csv_field(row.source) : "") + "\n";
  }
  return csv;
}

nlohmann::json summary_json(const AccuracySummary& summary) {
  return {{"mean", summary.mean},
          {"deviation_of_rounds", number_or_null(summary.deviation_of_rounds)},
          {"seed_means", summary.seed_means},
          {"deviation_of_seeds", number_or_null(summary.deviation_of_seeds)}};
}

}  // namespace soundfold::protocols
