// SPDX-License-Identifier: Apache-2.0
#include "evaluation/report.h"

#include "evaluation/internal/label_names.h"
#include "support/errors.h"
#include "text/csv.h"
#include "text/json_number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace soundfold::evaluation {
namespace {

using Labels = std::vector<std::int64_t>;

/// Confidence of the most confident wrong decision of a clip; for one label, that is the predicted class.
double worst_confidence(const std::vector<double>& p, const Labels& truth, const Labels& predicted, bool multi_label) {
  if (!multi_label) return p[static_cast<std::size_t>(predicted.front())];
  Labels wrong;
  std::set_symmetric_difference(truth.begin(), truth.end(), predicted.begin(), predicted.end(),
                                std::back_inserter(wrong));
  double worst = 0;
  for (const auto k : wrong) {
    const double yes = p[static_cast<std::size_t>(k)];
    worst = std::max({worst, yes, 1 - yes});
  }
  return worst;
}

std::vector<Evaluation::Mistake> find_mistakes(const Predictions& clips, const std::vector<std::string>& clip_ids,
                                               const std::vector<std::string>& names) {
  std::vector<Evaluation::Mistake> mistakes;
  for (std::size_t i = 0; i < clip_ids.size(); ++i) {
    const float* logits = clips.logits.data() + i * static_cast<std::size_t>(clips.class_count);
    const Labels predicted = predicted_labels(logits, clips.class_count, clips.multi_label);
    if (predicted == clips.labels[i]) continue;
    const auto p = probabilities(logits, clips.class_count, clips.multi_label);
    mistakes.push_back({clip_ids[i], label_names(clips.labels[i], names, "(none)"),
                        label_names(predicted, names, "(none)"),
                        worst_confidence(p, clips.labels[i], predicted, clips.multi_label)});
  }
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const auto& a, const auto& b) { return a.probability > b.probability; });
  return mistakes;
}

nlohmann::json class_json(const ClassMetrics& m) {
  return {{"name", m.name},
          {"support", m.support},
          {"predicted", m.predicted},
          {"correct", m.correct},
          {"precision", m.precision},
          {"recall", m.recall},
          {"f1", m.f1},
          {"average_precision", number_or_null(m.average_precision)},
          {"roc_auc", number_or_null(m.roc_auc)}};
}

nlohmann::json metrics_json(const Metrics& m) {
  nlohmann::json json = {{"sample_count", m.sample_count},
                         {"correct", m.correct},
                         {"accuracy", m.accuracy},
                         {"loss", number_or_null(m.loss)},
                         {"macro_f1", number_or_null(m.macro_f1)},
                         {"mean_average_precision", number_or_null(m.mean_average_precision)},
                         {"mean_roc_auc", number_or_null(m.mean_roc_auc)},
                         {"calibration_error", number_or_null(m.calibration_error)},
                         {"classes", nlohmann::json::array()}};
  for (const auto& c : m.classes) json["classes"].push_back(class_json(c));
  if (!m.confusion.empty()) json["confusion"] = m.confusion;
  return json;
}

double number_or_nan(const nlohmann::json& json) {
  return json.is_null() ? std::nan("") : json.get<double>();
}

ClassMetrics class_from_json(const nlohmann::json& json) {
  ClassMetrics m;
  json.at("name").get_to(m.name);
  json.at("support").get_to(m.support);
  json.at("predicted").get_to(m.predicted);
  json.at("correct").get_to(m.correct);
  json.at("precision").get_to(m.precision);
  json.at("recall").get_to(m.recall);
  json.at("f1").get_to(m.f1);
  m.average_precision = number_or_nan(json.at("average_precision"));
  m.roc_auc = number_or_nan(json.at("roc_auc"));
  return m;
}

/// Six significant digits, whatever the locale.
std::string csv_number(double value) {
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), value, std::chars_format::scientific, 5).ptr;
  double rounded = value;
  std::from_chars(std::begin(text), end, rounded);
  return nlohmann::json(rounded).dump();
}

void check_clip_count(const Predictions& clips, const std::vector<std::string>& clip_ids) {
  if (clips.labels.size() != clip_ids.size()) {
    throw UsageError("report: " + std::to_string(clip_ids.size()) + " clip ids for " +
                     std::to_string(clips.labels.size()) + " clips");
  }
}

}  // namespace

Evaluation evaluate(const Predictions& clips, const Predictions& windows, const std::vector<std::string>& clip_ids,
                    const std::vector<std::string>& class_names) {
  check_clip_count(clips, clip_ids);
  if (clips.multi_label != windows.multi_label) throw UsageError("report: clips and windows differ in multi_label");
  Evaluation evaluation;
  evaluation.class_names = class_names;
  evaluation.clips = evaluation::compute_metrics(clips, class_names);
  evaluation.windows = evaluation::compute_metrics(windows, class_names);
  evaluation.mistakes = find_mistakes(clips, clip_ids, class_names);
  return evaluation;
}

void add_sounding_windows(Evaluation& evaluation, const Predictions& windows, const std::vector<float>& level_dbfs) {
  if (level_dbfs.size() != windows.labels.size()) {
    throw UsageError("report: " + std::to_string(level_dbfs.size()) + " levels for " +
                     std::to_string(windows.labels.size()) + " windows");
  }
  Predictions sounding;
  sounding.class_count = windows.class_count;
  sounding.multi_label = windows.multi_label;
  for (std::size_t i = 0; i < level_dbfs.size(); ++i) {
    if (level_dbfs[i] < kSilentWindowDbfs) continue;
    const float* row = windows.row(static_cast<std::int64_t>(i));
    sounding.logits.insert(sounding.logits.end(), row, row + windows.class_count);
    sounding.labels.push_back(windows.labels[i]);
  }
  if (sounding.labels.empty() || sounding.labels.size() == level_dbfs.size()) return;
  evaluation.sounding_windows = evaluation::compute_metrics(sounding, evaluation.class_names);
}

nlohmann::json json_report(const Evaluation& evaluation) {
  nlohmann::json json = {{"class_names", evaluation.class_names},
                         {"clips", metrics_json(evaluation.clips)},
                         {"windows", metrics_json(evaluation.windows)},
                         {"mistakes", nlohmann::json::array()}};
  if (const auto& sounding = evaluation.sounding_windows) {
    json["sounding_windows"] = {{"sample_count", sounding->sample_count},
                                {"correct", sounding->correct},
                                {"accuracy", sounding->accuracy},
                                {"silent_below_dbfs", kSilentWindowDbfs}};
  }
  for (const auto& m : evaluation.mistakes) {
    json["mistakes"].push_back(
        {{"clip", m.clip_id}, {"truth", m.truth}, {"predicted", m.predicted}, {"probability", m.probability}});
  }
  return json;
}

Metrics metrics_from_json(const nlohmann::json& json) {
  try {
    Metrics m;
    json.at("sample_count").get_to(m.sample_count);
    json.at("correct").get_to(m.correct);
    json.at("accuracy").get_to(m.accuracy);
    m.loss = number_or_nan(json.at("loss"));
    m.macro_f1 = number_or_nan(json.at("macro_f1"));
    m.mean_average_precision = number_or_nan(json.at("mean_average_precision"));
    m.mean_roc_auc = number_or_nan(json.at("mean_roc_auc"));
    m.calibration_error = number_or_nan(json.at("calibration_error"));
    for (const auto& one : json.at("classes")) m.classes.push_back(class_from_json(one));
    if (json.contains("confusion")) json.at("confusion").get_to(m.confusion);
    return m;
  } catch (const nlohmann::json::exception& error) {
    throw DataError(std::string("these are not metrics as Soundfold writes them: ") + error.what());
  }
}

std::string predictions_csv(const Predictions& clips, const std::vector<std::string>& clip_ids,
                            const std::vector<std::string>& class_names) {
  check_clip_count(clips, clip_ids);
  std::string csv = "clip,truth,predicted";
  for (const auto& name : class_names) csv += "," + csv_field(name);
  csv += "\n";
  for (std::size_t i = 0; i < clip_ids.size(); ++i) {
    const float* logits = clips.logits.data() + i * static_cast<std::size_t>(clips.class_count);
    const Labels predicted = predicted_labels(logits, clips.class_count, clips.multi_label);
    csv += csv_field(clip_ids[i]) + "," + csv_field(label_names(clips.labels[i], class_names, "")) + "," +
           csv_field(label_names(predicted, class_names, ""));
    for (const double p : probabilities(logits, clips.class_count, clips.multi_label)) csv += "," + csv_number(p);
    csv += "\n";
  }
  return csv;
}

}  // namespace soundfold::evaluation
