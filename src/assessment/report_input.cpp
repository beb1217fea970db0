// SPDX-License-Identifier: Apache-2.0
#include "assessment/report_input.h"

#include "assessment/backbone_answers.h"
#include "baselines/baselines.h"
#include "baselines/matched_classes.h"
#include "charts/epoch_file.h"
#include "extraction/clip_waveform.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/version.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <string>

namespace soundfold::assessment {
namespace fs = std::filesystem;
namespace {

/// "dog; cat", or "(none)".
std::string label_names(const std::vector<std::int64_t>& labels, const std::vector<std::string>& class_names) {
  std::vector<std::string> names;
  for (const auto label : labels) names.push_back(class_names[static_cast<std::size_t>(label)]);
  return names.empty() ? "(none)" : join(names, "; ");
}

/// Each answered clip is a sound of its own.
void add_clips(const deploy::Model& model, const EvaluationSet& set, const AnsweredClips& answered,
               run_report::ReportInput& input) {
  const auto& [clips, windows, positions, window_counts, backbone_scores] = answered;
  std::int64_t answered_windows = 0;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const auto& clip = set.clips[positions[i]];
    const float* row = clips.row(static_cast<std::int64_t>(i));
    run_report::ReportSound sound;
    sound.name = clip.id;
    sound.file = absolute_name(clip.path.string());
    if (clip.stretch) sound.fragment = frontend::fragment_text(*clip.stretch);
    sound.labels = label_names(clip.labels, input.class_names);
    sound.class_number = clip.labels.empty() ? -1 : clip.labels.front();
    if (const auto& own = model.backbone_class_names(); !own.empty()) {
      sound.backbone_classes = baselines::highest_scores(backbone_scores[i].data(), own);
    }
    input.sounds.push_back(std::move(sound));
    run_report::ReportClip entry;
    entry.sound = i;
    entry.truth = clip.labels;
    entry.predicted = evaluation::predicted_labels(row, clips.class_count, clips.multi_label);
    entry.probabilities = evaluation::probabilities(row, clips.class_count, clips.multi_label);
    for (std::size_t window = 0; window < window_counts[i]; ++window, ++answered_windows) {
      entry.windows.push_back(
          evaluation::probabilities(windows.row(answered_windows), windows.class_count, windows.multi_label));
    }
    input.clips.push_back(std::move(entry));
  }
}

/// The curves of metrics.jsonl beside the model.
void add_training(const fs::path& model_file, run_report::ReportInput& input) {
  run_report::ReportRound round;
  round.name = "training";
  round.epochs = charts::epochs_of(model_file.parent_path() / "metrics.jsonl", round.best_epoch);
  if (!round.epochs.empty()) input.rounds.push_back(std::move(round));
}

}  // namespace

run_report::ReportInput report_input(const deploy::Model& model, const EvaluationSet& set,
                                     const evaluation::Evaluation& evaluation, const AnsweredClips& answered,
                                     const fs::path& model_file) {
  run_report::ReportInput input;
  input.title = model_file.string();
  input.protocol = set.description;
  input.notes = set.notes;
  input.class_names = model.class_names();
  input.multi_label = set.multi_label;
  input.metrics = evaluation.clips;
  input.evaluation = evaluation::json_report(evaluation);
  add_clips(model, set, answered, input);
  input.backbone_name = backbone_name_of(model);
  for (auto& baseline : evaluation_baselines(model, answered, evaluation.clips)) {
    if (baseline.kind != baselines::kMajorityClass) input.baselines.push_back(std::move(baseline));
  }
  const auto& recipe = model.input();
  const double frame_hop_s = static_cast<double>(recipe.hop_samples) / recipe.sample_rate_hz;
  input.window_seconds = recipe.frames_of_row() * frame_hop_s;
  input.window_hop_seconds = recipe.row_hop_frames(model.patch_hop_frames()) * frame_hop_s;
  std::vector<dataset::Clip> clips;
  for (const auto position : answered.positions) clips.push_back(set.clips[position]);
  auto decoding = set.decoding;
  decoding.sample_rate_hz = audio::kSampleRateHz;  // what the page shows and plays, whatever the network takes
  input.samples = [clips, decoding, recipe, hop = model.patch_hop_frames()](std::size_t index) {
    audio::DecodeReport noticed;  // and warned of when the clip was classified
    return extraction::clip_waveform(clips[index].path, clips[index].stretch, decoding, recipe, hop, &noticed);
  };
  add_training(model_file, input);
  input.facts = {{"model", model_file.string()},
                 {"xxh3_128 of the model's file", hash_file(HashKind::xxh3_128, model_file)},
                 {"Soundfold", version()}};
  const auto configuration = model.metadata().find("config");
  if (configuration != model.metadata().end() && configuration->is_string()) {
    input.configuration = configuration->get<std::string>();
  }
  return input;
}

}  // namespace soundfold::assessment
