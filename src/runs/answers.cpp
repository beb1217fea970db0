// SPDX-License-Identifier: Apache-2.0
#include "runs/answers.h"

#include "evaluation/report.h"
#include "evaluation/text_report.h"
#include "heads/prediction.h"
#include "runs/result.h"
#include "support/files.h"
#include "text/npy.h"

namespace soundfold::runs {
namespace fs = std::filesystem;
namespace {

void write_logits(const fs::path& file, const torch::Tensor& logits) {
  write_npy(file, {logits.size(0), logits.size(1)}, logits.data_ptr<float>());
}

}  // namespace

Answers answer_split(heads::Head& head, const heads::FeatureSet& set, const std::vector<std::string>& class_names,
                     const AnswerFiles& files, const fs::path& folder) {
  Answers answers;
  if (set.empty()) return answers;
  const auto predicted = heads::predict(head, set);
  answers.clip_logits = predicted.clip_logits.cpu().contiguous();
  answers.window_logits = predicted.frame_logits.cpu().contiguous();
  const auto report = evaluate(set, answers.clip_logits, answers.window_logits, class_names);
  answers.metrics = evaluation::json_report(report);
  answers.text = evaluation::text_report(report);
  const auto clips = clip_predictions(set, answers.clip_logits);
  write_file_atomically(folder / files.predictions, evaluation::predictions_csv(clips, set.clip_ids, class_names));
  write_logits(folder / files.clip_logits, answers.clip_logits);
  write_logits(folder / files.window_logits, answers.window_logits);
  return answers;
}

void write_predictions(heads::Head& head, const heads::FeatureSet& set, const std::vector<std::string>& class_names,
                       const fs::path& file) {
  if (set.empty()) return;
  const auto clips = clip_predictions(set, heads::predict(head, set, 8192, /*with_frames=*/false).clip_logits);
  write_file_atomically(file, evaluation::predictions_csv(clips, set.clip_ids, class_names));
}

nlohmann::json prediction_files_json(const heads::FeatureSet& test, const heads::FeatureSet& validation) {
  auto json = nlohmann::json::object();
  if (!test.empty()) json["test"] = kTestFiles.predictions;
  if (!validation.empty()) json["validation"] = kValidationFiles.predictions;
  return json;
}

}  // namespace soundfold::runs
