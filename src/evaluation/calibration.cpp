// SPDX-License-Identifier: Apache-2.0
#include "evaluation/calibration.h"

#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace soundfold::evaluation {
namespace {

constexpr int kBisections = 60;
constexpr double kAppendedThreshold = 0.5;
constexpr const char* kNoneOfTheClasses = "none of the classes";

void check_predictions(const Predictions& p) {
  if (p.labels.empty()) throw UsageError("calibration: there are no samples");
  if (p.class_count < 1 || static_cast<std::int64_t>(p.logits.size()) != p.sample_count() * p.class_count) {
    throw UsageError("calibration: " + std::to_string(p.logits.size()) + " logits for " +
                     std::to_string(p.sample_count()) + " samples of " + std::to_string(p.class_count) + " classes");
  }
}

std::vector<std::int64_t> labels_answered(const float* row, const Predictions& clips, const DecisionRule& rule) {
  const auto p = rule.probabilities({row, row + clips.class_count}, clips.multi_label);
  std::vector<std::int64_t> labels;
  if (clips.multi_label) {
    for (std::size_t k = 0; k < p.size(); ++k) {
      if (p[k] >= rule.thresholds[k]) labels.push_back(static_cast<std::int64_t>(k));
    }
    return labels;
  }
  const auto answer = rule.answer(p, /*silent=*/false);
  if (!answer.classes.empty()) {
    labels.push_back(static_cast<std::int64_t>(answer.classes.front()));
  } else if (rule.negative_class && answer.none == kNoneOfTheClasses) {
    labels.push_back(static_cast<std::int64_t>(*rule.negative_class));
  }
  return labels;
}

std::vector<double> probabilities_at(const float* logits, std::int64_t count, bool multi_label, double temperature) {
  std::vector<float> scaled(logits, logits + count);
  for (float& z : scaled) z = static_cast<float>(z / temperature);
  return probabilities(scaled.data(), count, multi_label);
}

/// L'(1 / temperature), times the number of samples: its sign is what counts.
double slope(const Predictions& p, double temperature) {
  double sum = 0;
  for (std::int64_t i = 0; i < p.sample_count(); ++i) {
    const float* z = p.row(i);
    const auto& labels = p.labels[static_cast<std::size_t>(i)];
    const auto q = probabilities_at(z, p.class_count, p.multi_label, temperature);
    for (std::int64_t k = 0; k < p.class_count; ++k) {
      sum += (q[static_cast<std::size_t>(k)] - (has_label(labels, k) ? 1.0 : 0.0)) * double{z[k]};
    }
  }
  return sum;
}

struct Scored {
  double probability;
  bool positive;
};

/// The samples of class k, most probable first.
std::vector<Scored> scored(const Predictions& p, std::int64_t k) {
  std::vector<Scored> samples;
  for (std::int64_t i = 0; i < p.sample_count(); ++i) {
    const auto q = probabilities(p.row(i), p.class_count, p.multi_label);
    samples.push_back({q[static_cast<std::size_t>(k)], has_label(p.labels[static_cast<std::size_t>(i)], k)});
  }
  std::sort(samples.begin(), samples.end(), [](const auto& a, const auto& b) { return a.probability > b.probability; });
  return samples;
}

double best_threshold(const std::vector<Scored>& samples) {
  const auto positives = std::count_if(samples.begin(), samples.end(), [](const auto& s) { return s.positive; });
  double best = 0.5, best_f1 = 0;
  std::int64_t taken = 0, right = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ++taken;
    right += samples[i].positive ? 1 : 0;
    const double next = i + 1 < samples.size() ? samples[i + 1].probability : 0.0;
    if (i + 1 < samples.size() && next == samples[i].probability) continue;
    const double f1 = 2.0 * static_cast<double>(right) / static_cast<double>(taken + positives);
    const double threshold = (samples[i].probability + next) / 2;
    const bool nearer = std::abs(threshold - 0.5) <= std::abs(best - 0.5);
    if (right > 0 && (f1 > best_f1 || (f1 == best_f1 && nearer))) {
      best = threshold;
      best_f1 = f1;
    }
  }
  return best;
}

[[noreturn]] void refuse(const std::string& what) {
  throw DataError("the model's metadata: decision: " + what + "; export the model again");
}

double number_in(const nlohmann::json& json, const std::string& name, double low, double high) {
  const double value = json.is_number() ? json.get<double>() : std::nan("");
  if (!(value >= low && value <= high)) refuse(name + " is " + json.dump() + ", not a number in its range");
  return value;
}

}  // namespace

std::optional<double> fit_temperature(const Predictions& predictions) {
  check_predictions(predictions);
  double low = std::log(kLeastTemperature), high = std::log(kLargestTemperature);
  // Rising b = 1 / T lowers L where the slope is negative: at the least T it must be positive, at the largest negative.
  if (!(slope(predictions, kLeastTemperature) > 0) || !(slope(predictions, kLargestTemperature) < 0))
    return std::nullopt;
  for (int i = 0; i < kBisections; ++i) {
    const double middle = (low + high) / 2;
    (slope(predictions, std::exp(middle)) > 0 ? low : high) = middle;
  }
  return std::exp((low + high) / 2);
}

Predictions with_temperature(Predictions predictions, double temperature) {
  if (!(temperature > 0)) throw UsageError("calibration: a temperature must be above 0");
  for (float& z : predictions.logits) z = static_cast<float>(z / temperature);
  return predictions;
}

std::vector<double> best_thresholds(const Predictions& predictions) {
  check_predictions(predictions);
  std::vector<double> thresholds;
  thresholds.reserve(static_cast<std::size_t>(predictions.class_count));
  for (std::int64_t k = 0; k < predictions.class_count; ++k)
    thresholds.push_back(best_threshold(scored(predictions, k)));
  return thresholds;
}

double macro_f1_at(const Predictions& predictions, const std::vector<double>& thresholds) {
  check_predictions(predictions);
  if (static_cast<std::int64_t>(thresholds.size()) != predictions.class_count) {
    throw UsageError("calibration: " + std::to_string(thresholds.size()) + " thresholds for " +
                     std::to_string(predictions.class_count) + " classes");
  }
  double sum = 0;
  int classes = 0;
  for (std::int64_t k = 0; k < predictions.class_count; ++k) {
    std::int64_t predicted = 0, right = 0, support = 0;
    for (const auto& sample : scored(predictions, k)) {
      const bool answered = sample.probability >= thresholds[static_cast<std::size_t>(k)];
      predicted += answered ? 1 : 0;
      support += sample.positive ? 1 : 0;
      right += answered && sample.positive ? 1 : 0;
    }
    if (predicted + support == 0) continue;
    sum += 2.0 * static_cast<double>(right) / static_cast<double>(predicted + support);
    ++classes;
  }
  return classes == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / classes;
}

std::vector<double> DecisionRule::probabilities(const std::vector<float>& logits, bool multi_label) const {
  return probabilities_at(logits.data(), static_cast<std::int64_t>(logits.size()), multi_label, temperature);
}

DecisionRule::Answer DecisionRule::answer(const std::vector<double>& p, bool silent) const {
  Answer answer;
  if (silent) {
    answer.none = "silence";
    return answer;
  }
  std::vector<std::size_t> order(p.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] > p[b]; });
  const std::size_t own = p.size() - std::min(appended, p.size());
  const auto first = std::find_if(order.begin(), order.end(), [&](std::size_t k) { return k < own; });
  const bool none_of_own = first != order.end() && negative_class == *first;
  for (const auto k : order) {
    if (k < own && (none_of_own || negative_class == k)) continue;
    if (!thresholds.empty() && p[k] < (k < own ? thresholds[k] : kAppendedThreshold)) continue;
    answer.classes.push_back(k);
  }
  if (answer.classes.empty()) answer.none = none_of_own ? kNoneOfTheClasses : "nothing above its threshold";
  return answer;
}

nlohmann::json DecisionRule::to_json(const std::vector<std::string>& class_names) const {
  nlohmann::json json = nlohmann::json::object();
  if (temperature != 1) json["temperature"] = temperature;
  for (std::size_t k = 0; k < thresholds.size(); ++k) json["thresholds"][class_names.at(k)] = thresholds[k];
  if (negative_class) json["negative_class"] = class_names.at(*negative_class);
  json["silence_gate"] = evaluation::to_json(silence_gate);
  return json;
}

DecisionRule DecisionRule::from_json(const nlohmann::json& json, const std::vector<std::string>& class_names) {
  DecisionRule rule;
  rule.silence_gate = SilenceGate();
  if (json.is_null()) return rule;
  if (!json.is_object()) refuse("is " + json.dump() + ", not an object");
  rule.silence_gate = silence_gate_from(json.value("silence_gate", nlohmann::json()));
  if (const auto at = json.find("temperature"); at != json.end()) {
    rule.temperature = number_in(*at, "temperature", 1e-3, 1e3);
  }
  if (const auto at = json.find("thresholds"); at != json.end()) {
    for (const auto& name : class_names) {
      if (!at->is_object() || !at->contains(name)) refuse("no threshold for the class " + name);
      rule.thresholds.push_back(number_in((*at)[name], "the threshold of " + name, 0, 1));
    }
  }
  if (const auto at = json.find("negative_class"); at != json.end()) {
    const auto found = std::find(class_names.begin(), class_names.end(), at->is_string() ? at->get<std::string>() : "");
    if (found == class_names.end()) refuse("negative_class " + at->dump() + " is not one of the model's classes");
    rule.negative_class = static_cast<std::size_t>(found - class_names.begin());
  }
  return rule;
}

double accuracy_with(const Predictions& clips, const DecisionRule& rule) {
  if (clips.labels.empty()) return std::numeric_limits<double>::quiet_NaN();
  check_predictions(clips);
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < clips.sample_count(); ++i) {
    const float* row = clips.row(i);
    const auto answered = rule.thresholds.empty() ? predicted_labels(row, clips.class_count, clips.multi_label)
                                                  : labels_answered(row, clips, rule);
    if (answered == clips.labels[static_cast<std::size_t>(i)]) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(clips.sample_count());
}

}  // namespace soundfold::evaluation
