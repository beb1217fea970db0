// SPDX-License-Identifier: Apache-2.0
#include "experiment/evaluate_model.h"

#include "audio/cancellation.h"
#include "evaluation/report.h"
#include "experiment/prepare.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "support/parallel.h"
#include "support/progress.h"
#include "support/text.h"
#include "support/threads.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace soundfold::experiment {
namespace fs = std::filesystem;
namespace {

struct Collected {
  evaluation::Predictions clips, frames;
  std::vector<std::string> clip_ids;
  std::vector<std::string> skipped;
};

/// Adds logits [K] to `all`. A foreign model's probabilities come as log(p / (1 - p)), which sigmoid undoes; where the
/// data's classes exclude each other, softmax will be used, and its logits are log(p).
void append(const std::vector<float>& logits, const deploy::Model& model, evaluation::Predictions& all) {
  const bool to_logs = model.is_foreign() && model.multi_label() && !all.multi_label;
  for (const float logit : logits) all.logits.push_back(to_logs ? -std::log1p(std::exp(-logit)) : logit);
}

/// One clip's answer, or why there is none.
struct Heard {
  deploy::Model::Result answer;
  std::string problem;
};

/// Runs the clips on worker threads; the results stand in the order of `clips`.
std::vector<Heard> listen(deploy::Model& model, const std::vector<const dataset::Clip*>& clips,
                          const audio::DecodeOptions& decoding, int threads) {
  std::vector<Heard> heard(clips.size());
  audio::CancellationCount cancellations;
  Progress progress("evaluating", static_cast<std::int64_t>(clips.size()), "clips");
  run_parallel(clips.size(), threads, [&](std::size_t i) {
    try {
      audio::DecodeReport report;
      const auto waveform = audio::load_waveform(clips[i]->path, decoding, &report);
      cancellations.add(clips[i]->path, report);
      heard[i].answer = model.classify(waveform);
    } catch (const DataError& error) {
      heard[i].problem = error.what();
    }
    progress.advance();
  });
  return heard;
}

Collected collect(const deploy::Model& model, const std::vector<Heard>& heard,
                  const std::vector<const dataset::Clip*>& clips, const PreparedData& prepared, bool skip_bad) {
  Collected all;
  all.clips.class_count = all.frames.class_count = static_cast<std::int64_t>(prepared.data.class_names.size());
  all.clips.multi_label = all.frames.multi_label = prepared.data.multi_label;
  for (std::size_t i = 0; i < heard.size(); ++i) {
    if (!heard[i].problem.empty()) {
      if (!skip_bad) throw DataError(heard[i].problem);
      spdlog::warn("left out: {}", heard[i].problem);
      all.skipped.push_back(clips[i]->id);
      continue;
    }
    const auto& answer = heard[i].answer;
    all.clip_ids.push_back(clips[i]->id);
    append(answer.logits, model, all.clips);
    all.clips.labels.push_back(clips[i]->labels);
    for (const auto& frame : answer.frame_logits) {
      append(frame, model, all.frames);
      all.frames.labels.push_back(clips[i]->labels);
    }
  }
  return all;
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
    spdlog::warn("{} is damaged; the trainer's logits are not compared", file.string());
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
      // std::max would drop a NaN, and with it the one difference that matters.
      difference.largest = std::isnan(gap) ? INFINITY : std::max(difference.largest, gap);
    }
  }
  return difference.clips > 0 ? std::optional(difference) : std::nullopt;
}

void check_classes(const deploy::Model& model, const dataset::Dataset& data) {
  if (model.class_names() == data.class_names) return;
  if (!model.names_are_known() && model.class_names().size() == data.class_names.size()) {
    spdlog::warn("the model does not name its classes; their order is taken to be that of the data: {}",
                 join(data.class_names));
    return;
  }
  throw UsageError("the model's classes (" + join(model.class_names()) + ") are not those of the data (" +
                   join(data.class_names) + "); choose data.classes in the model's order");
}

}  // namespace

ModelEvaluation evaluate_model(deploy::Model& model, const config::Experiment& experiment, dataset::Split split,
                               const fs::path& model_file) {
  const auto prepared = prepare_data(experiment);
  check_classes(model, prepared.data);
  const auto& indices = prepared.splits.of(split);
  if (indices.empty()) throw UsageError(std::string("the ") + dataset::split_name(split) + " split has no clips");
  std::vector<const dataset::Clip*> clips;
  clips.reserve(indices.size());
  for (const auto index : indices) clips.push_back(&prepared.data.clips[index]);
  const auto heard =
      listen(model, clips, decode_options(experiment.data), thread_count(static_cast<int>(experiment.run.threads)));
  const auto collected = collect(model, heard, clips, prepared, experiment.data.on_bad_clip == "skip");
  if (collected.clip_ids.empty()) throw DataError("not one clip could be read");

  const auto report =
      evaluation::evaluate(collected.clips, collected.frames, collected.clip_ids, prepared.data.class_names);
  ModelEvaluation result;
  result.text = evaluation::text_report(report);
  result.json = evaluation::json_report(report);
  result.json["skipped_clips"] = collected.skipped;
  result.predictions_csv = evaluation::predictions_csv(collected.clips, collected.clip_ids, prepared.data.class_names);
  if (const auto difference = difference_to_trainer(collected, model_file)) {
    char line[160];
    std::snprintf(line, sizeof line, "Largest difference to the trainer's logits: %.1e over %zu clips\n",
                  difference->largest, difference->clips);
    result.text += line;
    result.json["difference_to_trainer"] = {{"largest", difference->largest}, {"clips", difference->clips}};
  }
  return result;
}

}  // namespace soundfold::experiment
