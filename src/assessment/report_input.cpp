// SPDX-License-Identifier: Apache-2.0
#include "assessment/report_input.h"

#include "audio/waveform.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/version.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <sstream>
#include <string>

namespace soundfold::assessment {
namespace fs = std::filesystem;
namespace {

double number_in(const nlohmann::json& line, const char* key) {
  const auto value = line.find(key);
  return value != line.end() && value->is_number() ? value->get<double>() : std::nan("");
}

/// The epochs of metrics.jsonl beside the model; lines that are damaged are left out.
void add_epochs(const fs::path& model_file, report::ReportInput& input) {
  const auto file = model_file.parent_path() / "metrics.jsonl";
  if (!fs::is_regular_file(file)) return;
  std::istringstream lines(read_file(file));
  for (std::string text; std::getline(lines, text);) {
    const auto line = nlohmann::json::parse(text, nullptr, false);
    if (!line.is_object() || !std::isfinite(number_in(line, "epoch"))) continue;
    const auto epoch = static_cast<std::int64_t>(number_in(line, "epoch"));
    input.epochs.push_back({epoch, number_in(line, "loss"), number_in(line, "accuracy"),
                            number_in(line, "validation_loss"), number_in(line, "validation_accuracy")});
    const auto best = line.find("best");
    if (best != line.end() && best->is_boolean() && best->get<bool>()) input.best_epoch = epoch;
  }
}

std::vector<report::ReportClip> report_clips(const EvaluationSet& set, const AnsweredClips& answered) {
  const auto& [clips, frames, positions, window_counts] = answered;
  std::vector<report::ReportClip> result;
  std::int64_t frame = 0;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const auto& clip = set.clips[positions[i]];
    const float* row = clips.row(static_cast<std::int64_t>(i));
    report::ReportClip entry;
    entry.name = clip.id;
    entry.file = absolute_name(clip.path.string());
    entry.truth = clip.labels;
    entry.predicted = evaluation::predicted_labels(row, clips.class_count, clips.multi_label);
    entry.probabilities = evaluation::probabilities(row, clips.class_count, clips.multi_label);
    for (std::size_t window = 0; window < window_counts[i]; ++window, ++frame) {
      entry.windows.push_back(evaluation::probabilities(frames.row(frame), frames.class_count, frames.multi_label));
    }
    result.push_back(std::move(entry));
  }
  return result;
}

}  // namespace

report::ReportInput report_input(const deploy::Model& model, const EvaluationSet& set,
                                 const evaluation::Evaluation& evaluation, const AnsweredClips& answered,
                                 const fs::path& model_file) {
  report::ReportInput input;
  input.title = model_file.string();
  input.protocol = set.description;
  input.notes = set.notes;
  input.class_names = model.class_names();
  input.multi_label = set.multi_label;
  input.metrics = evaluation.clips;
  input.clips = report_clips(set, answered);
  const auto& recipe = model.input();
  const double frame_hop_s = static_cast<double>(recipe.hop_samples) / recipe.sample_rate_hz;
  input.window_seconds = recipe.patch_frames * frame_hop_s;
  input.window_hop_seconds = model.patch_hop_frames() * frame_hop_s;
  std::vector<fs::path> files;
  for (const auto position : answered.positions) files.push_back(set.clips[position].path);
  auto decoding = set.decoding;
  decoding.sample_rate_hz = audio::kSampleRateHz;  // what the page shows and plays, whatever the network takes
  input.sound = [files, decoding](std::size_t index) {
    audio::DecodeReport noticed;  // and warned of when the clip was classified
    return audio::load_waveform(files[index], decoding, &noticed);
  };
  add_epochs(model_file, input);
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
