// SPDX-License-Identifier: Apache-2.0
#include "report_data/internal/run_input.h"

#include "baselines/baselines.h"
#include "baselines/clip_vectors.h"
#include "charts/epoch_file.h"
#include "config/load.h"
#include "extraction/clip_waveform.h"
#include "features/feature_settings.h"
#include "frontend/recipe.h"
#include "report_data/internal/backbone_view.h"
#include "report_data/internal/data_faults.h"
#include "report_data/internal/facts.h"
#include "report_data/internal/plane.h"
#include "report_data/internal/tested_rounds.h"
#include "runs/result.h"
#include "splits/prepare_data.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "text/text.h"

#include <cmath>
#include <optional>

namespace soundfold::report_data {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kNearest = 3;

std::string clip_labels(const dataset::Dataset& data, const dataset::Clip& clip) {
  std::vector<std::string> names;
  for (const auto label : clip.labels) names.push_back(data.class_names[static_cast<std::size_t>(label)]);
  return names.empty() ? "(none)" : join(names, "; ");
}

/// One sound for each clip of the data set, whether it is in a split or not: clips and sounds have the same numbers.
void add_sounds(const features::PreparedFeatures& prepared, run_report::ReportInput& input) {
  const auto& data = *prepared.data.dataset;
  for (const auto& clip : data.clips) {
    run_report::ReportSound sound;
    sound.name = clip.id;
    sound.file = absolute_name(clip.path.string());
    if (clip.stretch) sound.fragment = frontend::fragment_text(*clip.stretch);
    sound.labels = clip_labels(data, clip);
    sound.class_number = clip.labels.empty() ? -1 : clip.labels.front();
    input.sounds.push_back(std::move(sound));
  }
}

/// The answers of a round, in the order of its test clips.
void add_answers(const TestedRound& round, const evaluation::Predictions& all,
                 const features::PreparedFeatures& prepared, run_report::ReportInput& input) {
  const auto classes = all.class_count;
  const float* window = round.window_logits.data();
  for (const auto clip : round.test) {
    const auto* row = all.row(static_cast<std::int64_t>(input.clips.size()));
    run_report::ReportClip answer;
    answer.sound = static_cast<std::size_t>(clip);
    answer.round = round.name;
    answer.truth = prepared.data.dataset->clips[answer.sound].labels;
    answer.predicted = evaluation::predicted_labels(row, classes, all.multi_label);
    answer.probabilities = evaluation::probabilities(row, classes, all.multi_label);
    for (auto p = prepared.origin->embedded.records[answer.sound].patch_count; p > 0; --p, window += classes) {
      answer.windows.push_back(evaluation::probabilities(window, classes, all.multi_label));
    }
    input.clips.push_back(std::move(answer));
  }
}

run_report::ReportRound round_of(const TestedRound& round) {
  run_report::ReportRound entry;
  entry.name = round.name.empty() ? "training" : round.name;
  std::int64_t best = 0;
  entry.epochs = charts::epochs_of(round.folder / "metrics.jsonl", best);
  entry.best_epoch = round.json.value("best_epoch", std::int64_t{0});
  if (round.json.value("stopped_early", false)) entry.stop_epoch = round.json.value("epochs_run", std::int64_t{0});
  const auto test = round.json.find(round.validation ? "validation" : "test");
  if (test != round.json.end() && test->is_object()) {
    entry.clips = test->at("clips").value("sample_count", std::int64_t{0});
    entry.correct = test->at("clips").value("correct", std::int64_t{0});
  }
  return entry;
}

/// The nearest training clips of each answer.
void add_neighbours(const std::vector<TestedRound>& rounds, const baselines::ClipVectors& vectors,
                    run_report::ReportInput& input) {
  std::size_t answer = 0;
  for (const auto& round : rounds) {
    if (round.test.empty() || round.train.empty()) {
      answer += round.test.size();
      continue;
    }
    const auto near = baselines::nearest(vectors.embeddings, round.test, round.train, kNearest);
    const auto* place = near.places.data_ptr<std::int64_t>();
    const auto* cosine = near.cosines.data_ptr<float>();
    for (std::size_t i = 0; i < round.test.size(); ++i, ++answer) {
      auto& clip = input.clips[answer];
      for (std::int64_t n = 0; n < near.places.size(1); ++n, ++place, ++cosine) {
        clip.neighbours.push_back({static_cast<std::size_t>(round.train[static_cast<std::size_t>(*place)]), *cosine});
      }
    }
  }
}

/// Those of the result; the page has a line of its own for the largest class.
void add_baselines(const nlohmann::json& result, run_report::ReportInput& input) {
  if (input.clips.empty()) return;
  for (auto& baseline : baselines::baselines_from_json(result.value("baselines", nlohmann::json()))) {
    if (baseline.kind != baselines::kMajorityClass) input.baselines.push_back(std::move(baseline));
  }
}

void add_map(const baselines::ClipVectors& vectors, run_report::ReportInput& input) {
  std::vector<std::int64_t> known;
  for (std::size_t i = 0; i < vectors.known.size(); ++i) {
    if (vectors.known[i]) known.push_back(static_cast<std::int64_t>(i));
  }
  const auto plane = plane_of(vectors.embeddings, known);
  if (!plane.defined()) return;
  const auto* places = plane.data_ptr<double>();
  for (const auto i : known) {
    auto& sound = input.sounds[static_cast<std::size_t>(i)];
    sound.x = places[2 * i];
    sound.y = places[2 * i + 1];
  }
}

/// Means and deviations over rounds and seeds.
void add_round_summary(const nlohmann::json& result, run_report::ReportInput& input) {
  for (const auto& [key, name] :
       {std::pair("clip_accuracy", "Clips right"), std::pair("window_accuracy", "Windows right")}) {
    const auto found = result.find(key);
    if (found == result.end()) continue;
    std::vector<std::string> parts;
    for (const auto& [of, words] :
         {std::pair("mean", "mean "), std::pair("deviation_of_rounds", "standard deviation over rounds "),
          std::pair("deviation_of_seeds", "over the seeds' means ")}) {
      const double value = charts::number_of(*found, of);
      if (std::isfinite(value)) parts.push_back(words + fixed(100 * value, 2) + " %");
    }
    input.round_summary.emplace_back(name, join(parts));
  }
}

void add_sweep(const nlohmann::json& result, run_report::ReportInput& input) {
  const auto sweep = result.find("sweep");
  if (sweep == result.end()) return;
  input.sweep.metric = sweep->value("metric", "");
  for (const auto& member : sweep->at("members")) {
    run_report::ReportMember entry;
    entry.name = member.value("member", "");
    entry.value = charts::number_of(member, "value");
    entry.problem = member.value("problem", "");
    const auto settings = member.value("settings", nlohmann::json::object());
    if (input.sweep.keys.empty()) {
      for (const auto& item : settings.items()) input.sweep.keys.push_back(item.key());
    }
    for (const auto& key : input.sweep.keys) entry.settings.push_back(settings.value(key, ""));
    input.sweep.members.push_back(std::move(entry));
  }
}

void add_words(const nlohmann::json& result, run_report::ReportInput& input) {
  const auto& data = result.at("data");
  input.protocol = data.value("description", "") + ". " + result.value("protocol", data.value("splits", "")) + ".";
  if (const auto skipped = data.find("skipped_clips"); skipped != data.end() && !skipped->empty()) {
    input.notes.push_back(std::to_string(skipped->size()) +
                          " clips could not be read and were left out (skipped.txt).");
  }
  if (const auto warning = runs::without_negatives(data); !warning.empty()) input.notes.push_back(warning + ".");
  if (input.clips.empty()) input.notes.push_back("There were no test clips, so nothing says how good the model is.");
  if (const auto fitted = result.find("calibration"); fitted != result.end() && fitted->is_object()) {
    if (const auto warning = fitted->value("warning", ""); !warning.empty()) input.notes.push_back(warning + ".");
  }
}

/// What the store and the logits give. `prepared` is of the experiment that was tested.
void add_tests(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
               const nlohmann::json& result, const fs::path& run, run_report::ReportInput& input) {
  const auto& data = *prepared.data.dataset;
  const auto rounds = tested_rounds(experiment, prepared, result, run);
  const auto all = all_predictions(rounds, data);
  add_sounds(prepared, input);
  for (const auto& round : rounds) {
    add_answers(round, all, prepared, input);
    input.rounds.push_back(round_of(round));
    input.shows_validation = round.validation && !round.test.empty();
  }
  if (!input.clips.empty()) {
    input.metrics = evaluation::compute_metrics(all, data.class_names);
  } else {
    for (const auto& name : data.class_names) input.metrics.classes.push_back({name});
  }
  try {
    const auto vectors = baselines::clip_vectors(experiment.store.folder, prepared.origin->embedded.records,
                                                 prepared.origin->most_feature_bytes);
    add_backbone_view(experiment, prepared.origin->backbone.class_names, vectors, input);
    add_neighbours(rounds, vectors, input);
    add_map(vectors, input);
    add_data_faults(experiment, prepared, vectors, input);
  } catch (const DataError& error) {
    logger().warn("the report does without embeddings: {}", error.what());
  }
  add_baselines(result, input);
}

/// What the result measured of the clips that the page shows: all rounds together, the test, or the validation.
nlohmann::json shown_evaluation(const nlohmann::json& result) {
  for (const char* key : {"pooled", "test", "validation"}) {
    if (const auto found = result.find(key); found != result.end() && found->is_object()) return *found;
  }
  return nullptr;
}

}  // namespace

run_report::ReportInput run_input(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                                  const nlohmann::json& result, const fs::path& run) {
  std::optional<config::Experiment> best;
  std::optional<features::PreparedFeatures> of_best;
  if (result.contains("sweep")) {
    const auto file = run / "best.yaml";
    best = config::stored_experiment(read_file(file), file.string());
    if (features::features_key(*best) != features::features_key(experiment)) {
      of_best = features::prepare_features(*best, torch::kCPU);
    }
  }
  const auto& tested = best ? *best : experiment;
  const auto& features_used = of_best ? *of_best : prepared;
  run_report::ReportInput input;
  const auto& data = *features_used.data.dataset;
  input.class_names = data.class_names;
  input.multi_label = data.multi_label;
  input.evaluation = shown_evaluation(result);
  const auto& recipe = features_used.origin->backbone.input;
  const double hop_seconds = static_cast<double>(recipe.hop_samples) / recipe.sample_rate_hz;
  input.window_seconds = recipe.frames_of_row() * hop_seconds;
  input.window_hop_seconds = recipe.row_hop_frames(static_cast<int>(tested.backbone.patch_hop_frames)) * hop_seconds;
  add_tests(tested, features_used, result, run, input);
  input.samples = [decoding = splits::decode_options(experiment.data), owner = features_used.data.dataset, recipe,
                   hop = static_cast<int>(tested.backbone.patch_hop_frames)](std::size_t sound) {
    audio::DecodeReport noticed;  // and warned of when the clip was embedded
    const auto& clip = owner->clips[sound];
    return extraction::clip_waveform(clip.path, clip.stretch, decoding, recipe, hop, &noticed);
  };
  add_round_summary(result, input);
  add_sweep(result, input);
  add_words(result, input);
  add_origin(experiment, result, run, input);
  return input;
}

}  // namespace soundfold::report_data
