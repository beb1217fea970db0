// SPDX-License-Identifier: Apache-2.0
#include "runs/result.h"

#include "config/load.h"
#include "config/print.h"
#include "support/hashing.h"
#include "support/version.h"
#include "text/json_depth.h"
#include "text/json_number.h"

namespace soundfold::runs {
namespace {

std::vector<std::int64_t> labels_of(const heads::FeatureSet& features, std::int64_t clip) {
  if (!features.multi_label) return {features.targets[clip].item<std::int64_t>()};
  std::vector<std::int64_t> labels;
  const auto present = features.targets[clip].gt(0.5).nonzero().flatten();
  labels.reserve(static_cast<std::size_t>(present.size(0)));
  for (std::int64_t i = 0; i < present.size(0); ++i) labels.push_back(present[i].item<std::int64_t>());
  return labels;
}

evaluation::Predictions with_logits(const heads::FeatureSet& features, const torch::Tensor& logits) {
  const auto values = logits.contiguous().cpu();
  evaluation::Predictions predictions;
  predictions.class_count = values.size(1);
  predictions.multi_label = features.multi_label;
  predictions.logits.assign(values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
  return predictions;
}

}  // namespace

std::string fingerprint(const config::Experiment& experiment, const features::PreparedFeatures& prepared) {
  config::Experiment same = experiment;
  same.run = config::Run();
  same.report = config::Report();
  same.backbone.device = config::Backbone().device;  // the keys of the embeddings cover what matters of it
  const auto& origin = *prepared.origin;
  Hasher hasher(HashKind::xxh3_128);
  hasher.update(config::to_yaml(same));
  hasher.update(version());
  for (const auto split : {dataset::Split::train, dataset::Split::validation, dataset::Split::test}) {
    hasher.update(dataset::split_name(split));
    for (const auto index : prepared.data.splits.of(split)) {
      const auto& clip = prepared.data.dataset->clips[index];
      hasher.update(clip.id + "=" + origin.embedded.records[index].key + "\n");
      for (const auto label : clip.labels) hasher.update(std::to_string(label) + ",");
    }
  }
  for (const auto& variant : origin.variants.clips) hasher.update(variant.key + "\n");
  if (origin.fresh && origin.fresh->noises) hasher.update(origin.fresh->noises->digest);
  return hasher.hex_digest();
}

std::string sealed_text(nlohmann::json result) {
  result.erase("digest");
  result["digest"] = hash_bytes(HashKind::xxh3_128, result.dump());
  return result.dump(1);
}

nlohmann::json unsealed(const std::string& text) {
  if (nested_deeper_than(text)) return nullptr;
  auto result = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!result.is_object() || !result.contains("digest")) return nullptr;
  const auto digest = result["digest"];
  result.erase("digest");
  try {
    if (digest != hash_bytes(HashKind::xxh3_128, result.dump())) return nullptr;
  } catch (const nlohmann::json::exception&) {  // text that is not UTF-8
    return nullptr;
  }
  return result;
}

nlohmann::json counts_json(const heads::FeatureSet& set) {
  return {{"clips", set.clip_count()}, {"windows", set.frame_count()}};
}

nlohmann::json data_json(const features::PreparedFeatures& prepared) {
  const auto& origin = *prepared.origin;
  nlohmann::json json;
  json["description"] = prepared.data.dataset->description;
  json["splits"] = prepared.data.splits.description;
  json["classes"] = prepared.data.dataset->class_names;
  const auto& compute = origin.backbone.compute;
  json["embedded_with"] = {{"device_kind", name_of(compute.device)},
                           {"engine", name_of(compute.engine)},
                           {"precision", name_of(compute.precision)},
                           {"tf32", compute.tf32}};
  json["train"] = counts_json(prepared.sets.train);
  json["validation"] = counts_json(prepared.sets.validation);
  json["test"] = counts_json(prepared.sets.test);
  if (!origin.variants.clips.empty()) json["variants"] = {{"clips", origin.variants.clips.size()}};
  const auto& silent = origin.silent;
  if (silent.windows > 0) {
    json["silent_windows"] = {{"silent", silent.silent},
                              {"windows", silent.windows},
                              {"rule", silent.rule},
                              {"action", silent.action},
                              {"text", silent.text()}};
  }
  json["skipped_clips"] = origin.embedded.skipped;
  return json;
}

nlohmann::json data_json_of_run(const features::PreparedFeatures& prepared) {
  auto json = data_json(prepared);
  const auto& recorded = prepared.origin->embedded.totals;
  json["embeddings"] = {{"from_store", recorded.from_store}, {"computed", recorded.computed}};
  if (json.contains("variants")) {
    json["variants"]["from_store"] = prepared.origin->variants.from_store;
    json["variants"]["computed"] = prepared.origin->variants.computed;
  }
  return json;
}

std::string device_text(const nlohmann::json& result) {
  const auto threads = result.value("threads", 0);
  std::string text = result.value("device", "");
  if (threads > 0) text += ", " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
  const auto reason = result.value("device_reason", "");
  return text + (reason.empty() ? "" : " (" + reason + ")");
}

std::string without_negatives(const nlohmann::json& data) {
  if (data.value("multi_label", false) || !data.value("negative_class", "").empty()) return "";
  const auto names = data.value("classes", std::vector<std::string>());
  const auto answers =
      names.size() == 2 ? names[0] + " or " + names[1] : "one of its " + std::to_string(names.size()) + " classes";
  return "no negative class: the model calls every sound " + answers +
         ", whatever it is; data.negative_class (as in configs/dogcat_other.yaml) gives it one for other sounds";
}

nlohmann::json epoch_json(const training::EpochMetrics& metrics) {
  nlohmann::json json;
  json["epoch"] = metrics.epoch;
  for (const auto& name : choice_names<config::Metric>()) {
    json[name] = number_or_null(training::metric(metrics, *choice_named<config::Metric>(name)));
  }
  json["learning_rate"] = metrics.learning_rate;
  json["seconds"] = metrics.seconds;
  json["best"] = metrics.best;
  return json;
}

evaluation::Predictions clip_predictions(const heads::FeatureSet& features, const torch::Tensor& logits) {
  auto predictions = with_logits(features, logits);
  for (std::int64_t clip = 0; clip < features.clip_count(); ++clip)
    predictions.labels.push_back(labels_of(features, clip));
  return predictions;
}

evaluation::Predictions window_predictions(const heads::FeatureSet& features, const torch::Tensor& logits) {
  auto predictions = with_logits(features, logits);
  const auto first = features.first_frame.contiguous().cpu();
  for (std::int64_t clip = 0; clip < features.clip_count(); ++clip) {
    const auto labels = labels_of(features, clip);
    const auto windows = first[clip + 1].item<std::int64_t>() - first[clip].item<std::int64_t>();
    predictions.labels.insert(predictions.labels.end(), static_cast<std::size_t>(windows), labels);
  }
  return predictions;
}

evaluation::Evaluation evaluate(const heads::FeatureSet& features, const torch::Tensor& clip_logits,
                                const torch::Tensor& window_logits, const std::vector<std::string>& class_names) {
  const auto windows = window_predictions(features, window_logits);
  auto evaluation =
      evaluation::evaluate(clip_predictions(features, clip_logits), windows, features.clip_ids, class_names);
  if (features.level_dbfs.defined() && features.level_dbfs.numel() == features.frame_count()) {
    const auto* level = features.level_dbfs.data_ptr<float>();
    evaluation::add_sounding_windows(evaluation, windows, {level, level + features.level_dbfs.numel()});
  }
  return evaluation;
}

}  // namespace soundfold::runs
