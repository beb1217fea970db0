// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "heads/feature_set.h"
#include "heads/head.h"
#include "runs/run_folder.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::runs {

/// Names of the files that a training leaves of its answers to one split.
struct AnswerFiles {
  const char* predictions;    ///< evaluation::predictions_csv
  const char* clip_logits;    ///< [C, K], for NumPy
  const char* window_logits;  ///< [W, K]
};
inline constexpr AnswerFiles kTestFiles = {"predictions.csv", kClipLogitsFile, kWindowLogitsFile};
inline constexpr AnswerFiles kValidationFiles = {"validation_predictions.csv", "validation_clip_logits.npy",
                                                 "validation_window_logits.npy"};

/// What a trained head answers to the clips of a split. C clips, W windows, K classes.
struct Answers {
  nlohmann::json metrics;       ///< evaluation::json_report; null when the split has no clips
  std::string text;             ///< evaluation::text_report of the same
  torch::Tensor clip_logits;    ///< [C, K] float32, on the CPU
  torch::Tensor window_logits;  ///< [W, K]
};

/// Evaluates `head` on `set` and writes `files` into `folder`; of an empty set nothing. Throws DataError when the disk
/// does not take them.
Answers answer_split(heads::Head& head, const heads::FeatureSet& set, const std::vector<std::string>& class_names,
                     const AnswerFiles& files, const std::filesystem::path& folder);

/// Writes the predictions alone, as CSV; of an empty set nothing. Throws as answer_split().
void write_predictions(heads::Head& head, const heads::FeatureSet& set, const std::vector<std::string>& class_names,
                       const std::filesystem::path& file);

/// {"test": "predictions.csv", "validation": "validation_predictions.csv"}, of the splits that have clips.
nlohmann::json prediction_files_json(const heads::FeatureSet& test, const heads::FeatureSet& validation);

}  // namespace soundfold::runs
