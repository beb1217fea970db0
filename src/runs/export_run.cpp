// SPDX-License-Identifier: Apache-2.0
#include "runs/export_run.h"

#include "audio/waveform.h"
#include "deploy/export.h"
#include "deploy/plain_model.h"
#include "device/parallel.h"
#include "device/tensor_values.h"
#include "evaluation/metrics.h"
#include "extraction/clip_waveform.h"
#include "features/trained_backbone.h"
#include "heads/prediction.h"
#include "runs/portable_config.h"
#include "runs/result.h"
#include "runtime/appended_classes.h"
#include "runtime/training_clips.h"
#include "splits/prepare_data.h"
#include "support/errors.h"
#include "support/logging.h"
#include "support/progress.h"
#include "support/threads.h"
#include "text/json_number.h"

#include <cmath>
#include <cstdio>
#include <limits>

namespace soundfold::runs {
namespace fs = std::filesystem;
namespace {

/// Clips whose exported logits are compared with the trainer's at export; evaluator compares all.
constexpr std::size_t kParityClips = 8;

/// The clips that have logits to compare with: the test's, or the training's when there is no test.
struct Compared {
  const heads::FeatureSet& features;
  const std::vector<std::size_t>& clips;  ///< indices into the data set
  torch::Tensor logits;                   ///< [C, K]
};

Compared compared_clips(training::Outcome& outcome, const features::PreparedFeatures& prepared,
                        const torch::Tensor& logits) {
  const auto& sets = prepared.sets;
  const auto& splits = prepared.data.splits;
  if (!sets.test.empty()) return {sets.test, splits.test, logits.contiguous()};
  const auto& features = sets.recorded_train;
  return {features, splits.train, heads::predict(outcome.head, features).clip_logits.contiguous()};
}

/// How the extraction decoded clips, and took windows from stretches of recordings.
struct ClipReading {
  audio::DecodeOptions decoding;
  frontend::InputRecipe input;
  int patch_hop_frames;
};

/// The clip's waveform as the extraction read it, which has given its warnings already.
std::vector<float> waveform_of(const dataset::Clip& clip, const ClipReading& reading) {
  audio::DecodeReport report;
  return extraction::clip_waveform(clip.path, clip.stretch, reading.decoding, reading.input, reading.patch_hop_frames,
                                   &report);
}

/// Some clips spread evenly. One that can no longer be read is left out: the training is done.
std::vector<deploy::ParityCase> parity_cases(const Compared& compared, const dataset::Dataset& data,
                                             const ClipReading& reading) {
  std::vector<deploy::ParityCase> cases;
  const std::size_t step = std::max<std::size_t>(1, compared.clips.size() / kParityClips);
  const std::int64_t classes = compared.logits.size(1);
  for (std::size_t i = 0; i < compared.clips.size() && cases.size() < kParityClips; i += step) {
    const float* row = compared.logits.data_ptr<float>() + static_cast<std::int64_t>(i) * classes;
    const auto& clip = data.clips[compared.clips[i]];
    try {
      cases.push_back({clip.id, waveform_of(clip, reading), {row, row + classes}});
    } catch (const DataError& error) {
      logger().warn("the exported model is not compared on this clip: {}", error.what());
    }
  }
  if (cases.empty()) throw DataError("export: none of the clips to compare the model on can be read any more");
  return cases;
}

evaluation::Metrics clip_metrics(const heads::FeatureSet& features, const torch::Tensor& logits,
                                 const dataset::Dataset& data) {
  return evaluation::compute_metrics(clip_predictions(features, logits), data.class_names);
}

/// Logits [C, K] of the exported model for every test clip, from the sound files on.
torch::Tensor file_logits(const torch::jit::Module& model, const Compared& compared,
                          const features::PreparedFeatures& prepared, const config::Experiment& experiment,
                          const ClipReading& reading) {
  const int threads = thread_count(static_cast<int>(experiment.run.threads));
  auto logits = torch::empty_like(compared.logits);
  Progress progress("comparing precisions", static_cast<std::int64_t>(compared.clips.size()), "clips");
  run_parallel(compared.clips.size(), threads, [&](std::size_t i) {
    const auto& clip = prepared.data.dataset->clips[compared.clips[i]];
    const auto row = deploy::exported_logits(model, clip.id, waveform_of(clip, reading));
    std::copy(row.begin(), row.end(), logits.data_ptr<float>() + static_cast<std::int64_t>(i) * logits.size(1));
    progress.advance();
  });
  return logits;
}

/// How far the exported file, which computes in float32, is from what was trained in `precision`. Null when there is no
/// test, or one of its clips cannot be read any more.
nlohmann::json precision_report(const std::string& precision, const torch::jit::Module& model, const Compared& compared,
                                const features::PreparedFeatures& prepared, const config::Experiment& experiment,
                                const ClipReading& reading) {
  nlohmann::json report = {{"trained_on", precision}, {"exported", "float32"}};
  if (prepared.sets.test.empty()) return report;
  try {
    const auto logits = file_logits(model, compared, prepared, experiment, reading);
    const auto trained = clip_metrics(compared.features, compared.logits, *prepared.data.dataset);
    const auto exported = clip_metrics(compared.features, logits, *prepared.data.dataset);
    report["clips"] = trained.sample_count;
    report["largest_logit_difference"] = largest_difference(logits, compared.logits);
    report["correct_trained"] = trained.correct;
    report["correct_exported"] = exported.correct;
    report["accuracy_trained"] = trained.accuracy;
    report["accuracy_exported"] = exported.accuracy;
  } catch (const DataError& error) {
    logger().warn("the exported model is not measured on the test clips: {}", error.what());
  }
  return report;
}

std::vector<std::string> digests_of(const std::vector<std::size_t>& split, const features::PreparedFeatures& prepared) {
  std::vector<std::string> digests;
  for (const auto clip : split) {
    const auto& digest = prepared.origin->embedded.records.at(clip).file_digest;
    if (!digest.empty()) digests.push_back(digest);
  }
  return digests;
}

/// data_json without what is only of interest where the run was: messages about skipped clips name files.
nlohmann::json data_of_model(const features::PreparedFeatures& prepared) {
  auto json = data_json(prepared);
  json["skipped_clips"] = prepared.origin->embedded.skipped.size();
  return json;
}

/// What the head took from its data: with head.standardize {"standardization": {"held_constant": 613, "of": 1024}},
/// with head.known_classes "known_class_weight", which may have been fitted.
void enter_head(const training::Outcome& outcome, nlohmann::json& json) {
  const auto& head = *outcome.head;
  if (head.spec().standardize) {
    json["standardization"] = {{"held_constant", head.held_constant()}, {"of", head.spec().input_size}};
  }
  if (outcome.known_class_weight) json["known_class_weight"] = *outcome.known_class_weight;
}

nlohmann::json metadata_of(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                           training::Outcome& outcome, const nlohmann::json& test, const std::string& backbone_source) {
  const auto portable = portable_config(experiment);
  const runtime::TrainingClips clips(digests_of(prepared.data.splits.train, prepared),
                                     digests_of(prepared.data.splits.validation, prepared));
  nlohmann::json metadata = {
      {"experiment", experiment.name},
      {"config", portable.yaml},
      {kPathsLeftOut, portable.left_out},
      {"data", data_of_model(prepared)},
      {runtime::TrainingClips::kMetadataKey, clips.to_json()},
      {"backbone", backbone_source},
      {"backbone_training", features::backbone_training_json(experiment, prepared.origin->backbone)},
      {"epochs_run", outcome.epochs_run},
      {"best_epoch", outcome.best_epoch},
      {"channels", name_of(experiment.data.channels)},
      {"test", test}};
  enter_head(outcome, metadata);
  if (experiment.head.append == config::Append::backbone) {
    metadata[runtime::kAppendKey] = name_of(experiment.head.append);
  }
  return metadata;
}

nlohmann::json export_json(const deploy::ExportCheck& check, std::size_t clips, const nlohmann::json& precision) {
  nlohmann::json json = {{"file", check.file.filename().string()},
                         {"verified", check.verified},
                         {"head_difference", number_or_null(check.head_difference)},
                         {"trainer_difference", number_or_null(check.trainer_difference)},
                         {"clips", clips}};
  if (!check.verified) json["problem"] = check.problem;
  if (!precision.is_null()) json["precision"] = precision;
  if (!check.plain_file.empty()) {
    json["plain"] = {{"file", check.plain_file.filename().string()}, {"difference", check.plain_difference}};
  }
  return json;
}

}  // namespace

nlohmann::json export_head(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                           training::Outcome& outcome, const torch::Tensor& clip_logits, const nlohmann::json& test,
                           const evaluation::DecisionRule& rule, const RunOptions& options, const RunFolder& run) {
  const auto backbone = features::backbone_for_export(experiment, outcome);
  const auto& data = *prepared.data.dataset;
  const auto model = deploy::build_model(backbone, outcome.head, data.class_names, experiment.data.multi_label, rule);
  auto metadata = metadata_of(experiment, prepared, outcome, test, backbone.source);
  const auto compared = compared_clips(outcome, prepared, clip_logits);
  const auto& input = backbone.network.input;
  const ClipReading reading{splits::decode_options(experiment.data, input.sample_rate_hz), input,
                            static_cast<int>(experiment.backbone.patch_hop_frames)};
  const auto cases = parity_cases(compared, data, reading);
  deploy::ExportLimits limits;
  nlohmann::json precision;
  const auto& compute = prepared.origin->backbone.compute;
  if (!compute.is_cpu_float32() || !options.device.is_cpu()) {
    limits.trainer = std::numeric_limits<double>::infinity();
    const auto head = options.device.is_cpu() ? "" : ", head trained on " + options.device.str();
    precision = precision_report(compute.text() + head, model, compared, prepared, experiment, reading);
    metadata["precision"] = precision;
  }
  const auto check = deploy::export_model(model, outcome.head, metadata, cases, run.model_file(), limits,
                                          features::quantization_for_export(experiment, outcome));
  if (!check.plain_problem.empty()) {
    logger().warn("{} is not written, the runtime without LibTorch cannot run this model: {}",
                  deploy::plain_path(run.model_file()).string(), check.plain_problem);
  }
  return export_json(check, cases.size(), precision);
}

void enter_export(const nlohmann::json& exported, training::Outcome& outcome, nlohmann::json& result) {
  result["export"] = exported;
  result["export_difference"] = exported.at("trainer_difference");
  enter_head(outcome, result);
}

nlohmann::json export_of(const nlohmann::json& result) {
  if (const auto own = result.find("export"); own != result.end()) return *own;
  const auto final_model = result.find("final_model");
  return final_model != result.end() ? final_model->value("export", nlohmann::json()) : nlohmann::json();
}

std::string export_problem(const nlohmann::json& result, const fs::path& folder) {
  const auto exported = export_of(result);
  if (exported.is_null() || exported.value("verified", true)) return "";
  return (folder / exported.value("file", "")).string() + ": not verified: " + exported.value("problem", "") +
         "; the training is kept, evaluate the file with: evaluator --model " +
         (folder / exported.value("file", "")).string() + ", or export again with: trainer --resume " + folder.string();
}

std::string precision_text(const nlohmann::json& exported) {
  if (!exported.is_object() || !exported.contains("precision")) return "";
  const auto& report = exported.at("precision");
  const auto trained = report.value("trained_on", "");
  char text[200];
  if (!report.contains("clips")) {
    std::snprintf(
        text, sizeof text, "%s in training, float32 in the file: largest logit difference %.2g over %d clips",
        trained.c_str(),
        exported.at("trainer_difference").is_number() ? exported.value("trainer_difference", 0.0) : std::nan(""),
        exported.value("clips", 0));
    return text;
  }
  std::snprintf(text, sizeof text,
                "%s in training, float32 in the file: largest logit difference %.2g; clips right %.2f %%, file %.2f %%",
                trained.c_str(), report.value("largest_logit_difference", 0.0),
                100 * report.value("accuracy_trained", 0.0), 100 * report.value("accuracy_exported", 0.0));
  return text;
}

}  // namespace soundfold::runs
