// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/classifier.h"
#include "text/choice.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::classification {

enum class AnswerFormat { text, json, csv };

constexpr ChoiceNames<AnswerFormat> choice_names_of(AnswerFormat) {
  return {{"text", "json", "csv"}};
}

/// What a whole file's probabilities are: as the model pools its windows, or of each class the largest of its windows.
enum class ClipPooling { model, max };

constexpr ChoiceNames<ClipPooling> choice_names_of(ClipPooling) {
  return {{"model", "max"}};
}

struct AnswerOptions {
  AnswerFormat format = AnswerFormat::text;
  std::size_t top = 3;    ///< classes shown
  bool all = false;       ///< every class by probability: thresholds, negative class and silence gate are ignored
  bool timeline = false;  ///< also each window
  ClipPooling pooling = ClipPooling::model;
};

/// The header line of the CSV form, without its end.
inline constexpr const char* kAnswerCsvHeader = "file,start_s,end_s,class,probability";

/// What classifier prints for one file. Windows are turned into text as they come, so that a long file takes
/// little memory.
class AnswerText {
 public:
  AnswerText(const runtime::Classifier& classifier, const AnswerOptions& options, std::string file)
      : classifier_(classifier), options_(options), file_(std::move(file)) {}

  void add(const runtime::Window& window);
  /// The whole, with the end of its last line. Text: "FILE: dog 0.98, cat 0.02", "FILE: silence"; JSON: one object on
  /// one line; CSV: rows of kAnswerCsvHeader, with an empty probability where there is no class.
  std::string finish(const runtime::Clip& clip) const;

 private:
  nlohmann::json answer(const std::vector<double>& probabilities, bool silent, float level_dbfs) const;
  std::string csv_rows(double start_s, double end_s, const nlohmann::json& answer) const;

  const runtime::Classifier& classifier_;
  AnswerOptions options_;
  std::string file_;
  std::string timeline_;
  std::vector<double> largest_;  ///< [K] probability of any window that is not silent
};

}  // namespace soundfold::classification
