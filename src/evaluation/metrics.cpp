// SPDX-License-Identifier: Apache-2.0
#include "evaluation/metrics.h"

#include "evaluation/internal/ranking.h"
#include "support/errors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace soundfold::evaluation {
namespace {

constexpr int kCalibrationBins = 15;

std::string sample_text(std::int64_t sample) {
  return "metrics: sample " + std::to_string(sample);
}

void check_labels(const Predictions& p, std::int64_t sample) {
  const auto& labels = p.labels[static_cast<std::size_t>(sample)];
  if (!p.multi_label && labels.size() != 1) {
    throw UsageError(sample_text(sample) + " has " + std::to_string(labels.size()) +
                     " labels; single-label data have exactly one");
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= p.class_count) {
      throw UsageError(sample_text(sample) + " has label " + std::to_string(labels[i]) + "; labels go from 0 to " +
                       std::to_string(p.class_count - 1));
    }
    if (i > 0 && labels[i] <= labels[i - 1]) {
      throw UsageError(sample_text(sample) + ": labels must be ascending, without repeats");
    }
  }
}

void check(const Predictions& p, const std::vector<std::string>& class_names) {
  if (p.class_count < 1)
    throw UsageError("metrics: class_count is " + std::to_string(p.class_count) + ", not positive");
  if (p.labels.empty()) throw UsageError("metrics: there are no samples");
  if (static_cast<std::int64_t>(class_names.size()) != p.class_count) {
    throw UsageError("metrics: " + std::to_string(class_names.size()) + " class names for " +
                     std::to_string(p.class_count) + " classes");
  }
  if (static_cast<std::int64_t>(p.logits.size()) != p.sample_count() * p.class_count) {
    throw UsageError("metrics: " + std::to_string(p.logits.size()) + " logits for " + std::to_string(p.sample_count()) +
                     " samples of " + std::to_string(p.class_count) + " classes");
  }
  for (std::int64_t i = 0; i < p.sample_count(); ++i) check_labels(p, i);
  for (std::size_t i = 0; i < p.logits.size(); ++i) {
    if (!std::isfinite(p.logits[i])) {
      throw DataError(sample_text(static_cast<std::int64_t>(i) / p.class_count) + " has a logit that is " +
                      std::to_string(p.logits[i]) + "; the model diverged or its input is damaged");
    }
  }
}

/// log(1 + exp(x)) without overflow.
double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

/// Cross-entropy of one sample in nats; multi-label: the mean over classes of the binary cross-entropies.
double sample_loss(const float* x, std::int64_t count, const std::vector<std::int64_t>& labels, bool multi_label) {
  double sum = 0;
  if (multi_label) {
    for (std::int64_t k = 0; k < count; ++k) sum += softplus(x[k]) - (has_label(labels, k) ? double{x[k]} : 0.0);
    return sum / static_cast<double>(count);
  }
  const double largest = *std::max_element(x, x + count);
  for (std::int64_t k = 0; k < count; ++k) sum += std::exp(x[k] - largest);
  return largest + std::log(sum) - x[labels.front()];
}

/// log(p / (1 - p)) of every class: ranks as the probability does, and does not saturate where p rounds to 0 or 1.
std::vector<double> log_odds(const float* x, std::int64_t count, bool multi_label) {
  if (multi_label) return {x, x + count};
  const auto top = std::max_element(x, x + count) - x;
  double others = 0;  // sum of exponentials without the top one, relative to it
  for (std::int64_t k = 0; k < count; ++k) others += k == top ? 0.0 : std::exp(double{x[k]} - x[top]);
  std::vector<double> odds(static_cast<std::size_t>(count));
  for (std::int64_t k = 0; k < count; ++k) {
    const double difference = double{x[k]} - x[top];
    const double rest = k == top ? others : others + 1.0 - std::exp(difference);
    odds[static_cast<std::size_t>(k)] = difference - std::log(rest);
  }
  return odds;
}

/// What the expected calibration error adds up over samples.
class Calibration {
 public:
  void add(double confidence, bool right) {
    // Bin m holds the confidences in ((m - 1) / M, m / M].
    const auto bin = static_cast<std::size_t>(
        std::clamp(std::ceil(confidence * kCalibrationBins) - 1, 0.0, static_cast<double>(kCalibrationBins - 1)));
    gap_[bin] += (right ? 1.0 : 0.0) - confidence;
    count_ += 1;
  }
  /// sum over bins of n_bin / N * |accuracy - mean confidence|; n_bin cancels.
  double error() const {
    double sum = 0;
    for (const double gap : gap_) sum += std::abs(gap);
    return sum / count_;
  }

 private:
  std::array<double, kCalibrationBins> gap_{};
  double count_ = 0;
};

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Precision, recall, F1 from the counts; the two areas from the ranking.
void finish_class(ClassMetrics& m, const std::vector<double>& scores, const std::vector<bool>& positive) {
  m.precision = ratio(m.correct, m.predicted);
  m.recall = ratio(m.correct, m.support);
  m.f1 = ratio(2 * m.correct, m.predicted + m.support);
  m.average_precision = average_precision(scores, positive);
  m.roc_auc = roc_auc(scores, positive);
}

/// Mean over the classes for which `value` is not NaN; NaN when there is none.
template <typename Value>
double class_mean(const std::vector<ClassMetrics>& classes, Value value) {
  double sum = 0;
  std::int64_t count = 0;
  for (const auto& c : classes) {
    const double v = value(c);
    if (std::isnan(v)) continue;
    sum += v;
    ++count;
  }
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

/// Adds one sample to the counts of `m`.
void count_sample(Metrics& m, const std::vector<std::int64_t>& truth, const std::vector<std::int64_t>& predicted) {
  m.correct += truth == predicted ? 1 : 0;
  for (const auto k : truth) ++m.classes[static_cast<std::size_t>(k)].support;
  for (const auto k : predicted) {
    auto& c = m.classes[static_cast<std::size_t>(k)];
    ++c.predicted;
    c.correct += has_label(truth, k) ? 1 : 0;
  }
  if (!m.confusion.empty()) {
    ++m.confusion[static_cast<std::size_t>(truth.front())][static_cast<std::size_t>(predicted.front())];
  }
}

/// Fills the per-class ranking metrics and the means over classes.
void finish_classes(Metrics& m, const Predictions& p, const std::vector<std::vector<double>>& odds) {
  for (std::size_t k = 0; k < m.classes.size(); ++k) {
    std::vector<bool> positive(p.labels.size());
    for (std::size_t i = 0; i < positive.size(); ++i)
      positive[i] = has_label(p.labels[i], static_cast<std::int64_t>(k));
    finish_class(m.classes[k], odds[k], positive);
  }
  m.macro_f1 = class_mean(m.classes, [](const ClassMetrics& c) {
    return c.support + c.predicted == 0 ? std::numeric_limits<double>::quiet_NaN() : c.f1;
  });
  m.mean_average_precision = class_mean(m.classes, [](const ClassMetrics& c) { return c.average_precision; });
  m.mean_roc_auc = class_mean(m.classes, [](const ClassMetrics& c) { return c.roc_auc; });
}

}  // namespace

std::vector<double> probabilities(const float* logits, std::int64_t class_count, bool multi_label) {
  std::vector<double> p(logits, logits + class_count);
  if (multi_label) {
    for (double& x : p) x = x >= 0 ? 1.0 / (1.0 + std::exp(-x)) : std::exp(x) / (1.0 + std::exp(x));
    return p;
  }
  const double largest = *std::max_element(p.begin(), p.end());
  double sum = 0;
  for (double& x : p) sum += x = std::exp(x - largest);
  for (double& x : p) x /= sum;
  return p;
}

std::vector<std::int64_t> predicted_labels(const float* logits, std::int64_t class_count, bool multi_label) {
  if (!multi_label) return {std::max_element(logits, logits + class_count) - logits};
  std::vector<std::int64_t> labels;
  for (std::int64_t k = 0; k < class_count; ++k) {
    if (logits[k] > 0) labels.push_back(k);  // sigmoid(0) is 0.5
  }
  return labels;
}

Metrics compute_metrics(const Predictions& p, const std::vector<std::string>& class_names) {
  check(p, class_names);
  const auto class_count = static_cast<std::size_t>(p.class_count);
  Metrics m;
  m.sample_count = p.sample_count();
  m.classes.resize(class_count);
  for (std::size_t k = 0; k < class_count; ++k) m.classes[k].name = class_names[k];
  if (!p.multi_label) m.confusion.assign(class_count, std::vector<std::int64_t>(class_count, 0));

  std::vector<std::vector<double>> odds(class_count);  // [K][N], for the rankings
  Calibration calibration;
  for (std::int64_t i = 0; i < m.sample_count; ++i) {
    const float* logits = p.row(i);
    const auto& truth = p.labels[static_cast<std::size_t>(i)];
    count_sample(m, truth, predicted_labels(logits, p.class_count, p.multi_label));
    m.loss += sample_loss(logits, p.class_count, truth, p.multi_label);
    const auto top = std::max_element(logits, logits + p.class_count) - logits;
    calibration.add(probabilities(logits, p.class_count, p.multi_label)[static_cast<std::size_t>(top)],
                    has_label(truth, top));
    const auto sample_odds = log_odds(logits, p.class_count, p.multi_label);
    for (std::size_t k = 0; k < class_count; ++k) odds[k].push_back(sample_odds[k]);
  }
  m.accuracy = ratio(m.correct, m.sample_count);
  m.loss /= static_cast<double>(m.sample_count);
  m.calibration_error = calibration.error();
  finish_classes(m, p, odds);
  return m;
}

}  // namespace soundfold::evaluation
