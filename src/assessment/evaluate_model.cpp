// SPDX-License-Identifier: Apache-2.0
#include "assessment/evaluate_model.h"

#include "assessment/backbone_answers.h"
#include "assessment/report_input.h"
#include "audio/cancellation.h"
#include "baselines/baselines.h"
#include "dataset/wording.h"
#include "device/parallel.h"
#include "evaluation/report.h"
#include "evaluation/text_report.h"
#include "extraction/clip_waveform.h"
#include "runtime/training_clips.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/logging.h"
#include "support/progress.h"
#include "support/threads.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

namespace soundfold::assessment {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kClipsNamed = 10;

struct Collected : AnsweredClips {
  std::vector<std::string> clip_ids;
  std::vector<std::string> skipped;             ///< ids
  std::vector<std::string> skipped_because;     ///< of the same clips
  std::vector<std::string> trained, validated;  ///< ids of clips the model was made from
};

/// Adds logits [K] to `all`. A foreign model's probabilities come as log(p / (1 - p)), which sigmoid undoes; where the
/// data's classes exclude each other, softmax will be used, and its logits are log(p).
void append_clip(const std::vector<float>& logits, const deploy::Model& model, evaluation::Predictions& all) {
  const bool to_logs = model.is_foreign() && model.multi_label() && !all.multi_label;
  for (const float logit : logits) all.logits.push_back(to_logs ? -std::log1p(std::exp(-logit)) : logit);
}

/// One clip's answer, or why there is none.
struct Answer {
  deploy::Model::Result result;
  std::string problem;
  bool trained = false, validated = false;  ///< the model was made from this file
};

/// Runs the clips on worker threads; the answers are in the order of `clips`.
std::vector<Answer> answers_to(deploy::Model& model, const runtime::TrainingClips& known, const EvaluationSet& set,
                               int threads) {
  const auto& clips = set.clips;
  std::vector<Answer> answers(clips.size());
  audio::CancellationCount cancellations;
  Progress progress("evaluating", static_cast<std::int64_t>(clips.size()), "clips");
  run_parallel(clips.size(), threads, [&](std::size_t i) {
    auto& answer = answers[i];
    try {
      audio::DecodeReport report;
      const auto waveform = extraction::clip_waveform(clips[i].path, clips[i].stretch, set.decoding, model.input(),
                                                      model.patch_hop_frames(), &report);
      cancellations.add(clips[i].path, report);
      answer.result = model.classify(waveform);
      if (known.known()) {
        const auto digest = hash_file(HashKind::xxh3_128, clips[i].path);
        answer.trained = known.trained_on(digest);
        answer.validated = known.validated_on(digest);
      }
    } catch (const DataError& error) {
      answer.problem = error.what();
    }
    progress.advance();
  });
  return answers;
}

Collected collect(const deploy::Model& model, const std::vector<Answer>& answers, const EvaluationSet& set) {
  Collected all;
  all.clips.class_count = all.windows.class_count = static_cast<std::int64_t>(model.class_names().size());
  all.clips.multi_label = all.windows.multi_label = set.multi_label;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& [result, problem, trained, validated] = answers[i];
    const auto& clip = set.clips[i];
    if (!problem.empty()) {
      if (!set.skip_bad) throw DataError(problem);
      logger().warn("left out: {}", problem);
      all.skipped.push_back(clip.id);
      all.skipped_because.push_back(problem);
      continue;
    }
    all.clip_ids.push_back(clip.id);
    all.positions.push_back(i);
    all.window_counts.push_back(result.window_logits.size());
    all.backbone_scores.push_back(result.backbone_scores);
    if (trained) all.trained.push_back(clip.id);
    if (validated) all.validated.push_back(clip.id);
    append_clip(result.logits, model, all.clips);
    all.clips.labels.push_back(clip.labels);
    for (const auto& window : result.window_logits) {
      append_clip(window, model, all.windows);
      all.windows.labels.push_back(clip.labels);
    }
  }
  return all;
}

/// How many of the clips the model was made from: accuracy on such clips says nothing about new sounds.
std::string overlap_text(const Collected& all, bool known) {
  if (!known) return "The model does not say which clips it was trained on; whether these are among them is unknown\n";
  const auto of = std::to_string(all.clip_ids.size());
  if (all.trained.empty() && all.validated.empty()) return "Not used in training: all " + of + " clips\n";
  std::string text;
  if (!all.trained.empty()) {
    text += "WARNING: the model was trained on " + std::to_string(all.trained.size()) + " of the " + of + " clips (" +
            dataset::joined(all.trained, 3) + "); its accuracy on those says nothing about new sounds\n";
  }
  if (!all.validated.empty()) {
    text += std::to_string(all.validated.size()) + " of the " + of +
            " clips chose the model's epoch or calibration (validation)\n";
  }
  return text;
}

std::string skipped_text(const Collected& all) {
  if (all.skipped.empty()) return "";
  std::string text = "Skipped " + dataset::counted(all.skipped.size(), "clip") + " that cannot be read\n";
  for (std::size_t i = 0; i < std::min(kClipsNamed, all.skipped.size()); ++i) {
    text += "  " + all.skipped_because[i] + "\n";
  }
  return text;
}

nlohmann::json overlap_json(const Collected& all, bool known) {
  if (!known) return nullptr;
  return {{"trained_on", all.trained}, {"validated_on", all.validated}};
}

/// Largest difference to the logits the trainer wrote down, and over how many clips; nothing when none are comparable.
struct Difference {
  double largest = 0;
  std::size_t clips = 0;
};
std::optional<Difference> difference_to_trainer(const Collected& collected, const fs::path& model_file) {
  const fs::path file = model_file.parent_path() / "test_logits.json";
  if (!fs::exists(file)) return std::nullopt;
  const auto recorded = nlohmann::json::parse(read_file(file), nullptr, false);
  if (!recorded.is_object()) {
    logger().warn("{} is damaged; the trainer's logits are not compared", file.string());
    return std::nullopt;
  }
  Difference difference;
  const auto classes = static_cast<std::size_t>(collected.clips.class_count);
  for (std::size_t clip = 0; clip < collected.clip_ids.size(); ++clip) {
    const auto row = recorded.find(collected.clip_ids[clip]);
    if (row == recorded.end() || !row->is_array() || row->size() != classes) continue;
    ++difference.clips;
    for (std::size_t k = 0; k < classes; ++k) {
      const double trainer = (*row)[k].is_number() ? (*row)[k].get<double>() : std::nan("");
      const double gap = std::abs(trainer - static_cast<double>(collected.clips.logits[clip * classes + k]));
      // std::max would drop a NaN, and hide the difference.
      difference.largest = std::isnan(gap) ? INFINITY : std::max(difference.largest, gap);
    }
  }
  return difference.clips > 0 ? std::optional(difference) : std::nullopt;
}

std::string difference_text(const Difference& difference) {
  char line[160];
  std::snprintf(line, sizeof line, "Largest difference to the trainer's logits: %.1e over %zu clips\n",
                difference.largest, difference.clips);
  return line;
}

/// What would be right without training, and what the backbone's own classes make of each clip.
void add_baselines(const deploy::Model& model, const Collected& collected, const evaluation::Evaluation& report,
                   const EvaluationExtras& extras, ModelEvaluation& result) {
  const auto found = evaluation_baselines(model, collected, report.clips);
  result.json["baselines"] = baselines::baselines_json(found);
  if (!found.empty()) result.text += "Untrained: " + baselines::baselines_text(found) + "\n";
  if (!extras.backbone_classes) return;
  result.json["backbone_classes"] = backbone_table_json(model, collected, collected.clip_ids);
  result.text += "\n" + backbone_table(model, collected, collected.clip_ids);
  if (model.metadata().value("backbone_training", nlohmann::json()).is_null()) return;
  result.text += "The backbone was trained with the head: its own classes may no longer mean what they say.\n";
}

}  // namespace

ModelEvaluation evaluate_model(deploy::Model& model, const EvaluationSet& set, int threads, const fs::path& model_file,
                               const EvaluationExtras& extras) {
  if (extras.backbone_classes && model.backbone_class_names().empty()) {
    throw UsageError(model_file.string() +
                     ": has no classes of a backbone's own to show; leave --backbone-classes out");
  }
  const auto known = runtime::TrainingClips::from_metadata(model.metadata());
  const auto answers = answers_to(model, known, set, thread_count(threads));
  auto collected = collect(model, answers, set);
  if (collected.clip_ids.empty()) {
    throw DataError("none of the " + dataset::counted(set.clips.size(), "clip") +
                    " could be read: " + collected.skipped_because.front());
  }
  const auto report = evaluation::evaluate(collected.clips, collected.windows, collected.clip_ids, model.class_names());
  ModelEvaluation result;
  result.text = "Data: " + set.description + "\n";
  for (const auto& note : set.notes) result.text += "  " + note + "\n";
  result.text +=
      skipped_text(collected) + overlap_text(collected, known.known()) + "\n" + evaluation::text_report(report);
  result.json = evaluation::json_report(report);
  result.json["data"] = set.description;
  result.json["notes"] = set.notes;
  result.json["skipped_clips"] = collected.skipped;
  result.json["overlap"] = overlap_json(collected, known.known());
  result.predictions_csv = evaluation::predictions_csv(collected.clips, collected.clip_ids, model.class_names());
  add_baselines(model, collected, report, extras, result);
  if (extras.report) result.report = report_input(model, set, report, collected, model_file);
  if (const auto difference = difference_to_trainer(collected, model_file)) {
    result.text += difference_text(*difference);
    result.json["difference_to_trainer"] = {{"largest", difference->largest}, {"clips", difference->clips}};
  }
  result.clip_metrics = report.clips;
  result.window_metrics = report.windows;
  result.clips = std::move(collected.clips);
  result.clip_ids = std::move(collected.clip_ids);
  return result;
}

}  // namespace soundfold::assessment
