// SPDX-License-Identifier: Apache-2.0
#include "evaluation/metrics.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

using namespace soundfold;
using namespace soundfold::evaluation;

namespace {

std::vector<std::string> names(std::int64_t count) {
  std::vector<std::string> result;
  result.reserve(static_cast<std::size_t>(count));
  for (std::int64_t k = 0; k < count; ++k) result.push_back("class " + std::to_string(k));
  return result;
}

/// Logits whose softmax is `rows`.
Predictions from_probabilities(const std::vector<std::vector<double>>& rows, const std::vector<std::int64_t>& truths) {
  Predictions p;
  p.class_count = static_cast<std::int64_t>(rows.front().size());
  for (const auto& row : rows) {
    for (const double value : row) p.logits.push_back(static_cast<float>(std::log(value)));
  }
  for (const auto truth : truths) p.labels.push_back({truth});
  return p;
}

Predictions random_predictions(std::int64_t samples, std::int64_t classes, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 2);
  Predictions p;
  p.class_count = classes;
  for (std::int64_t i = 0; i < samples * classes; ++i) p.logits.push_back(normal(random));
  for (std::int64_t i = 0; i < samples; ++i) p.labels.push_back({static_cast<std::int64_t>(random()) % classes});
  return p;
}

}  // namespace

TEST_CASE("metrics of four samples over three classes by hand", "[evaluation]") {
  const auto p = from_probabilities({{0.70, 0.20, 0.10},   // truth 0: right
                                     {0.50, 0.30, 0.20},   // truth 1: taken for 0
                                     {0.10, 0.78, 0.12},   // truth 1: right
                                     {0.23, 0.15, 0.62}},  // truth 2: right
                                    {0, 1, 1, 2});
  const Metrics m = evaluation::compute_metrics(p, {"a", "b", "c"});
  CHECK(m.sample_count == 4);
  CHECK(m.correct == 3);
  CHECK(m.accuracy == Approx(0.75));
  // -(ln 0.70 + ln 0.30 + ln 0.78 + ln 0.62) / 4 = (0.356675 + 1.203973 + 0.248461 + 0.478036) / 4
  CHECK(m.loss == Approx(0.571786).epsilon(1e-5));
  CHECK(m.confusion == std::vector<std::vector<std::int64_t>>{{1, 0, 0}, {1, 1, 0}, {0, 0, 1}});

  CHECK(m.classes[0].name == "a");
  CHECK(m.classes[0].support == 1);
  CHECK(m.classes[0].predicted == 2);
  CHECK(m.classes[0].precision == Approx(0.5));    // 1 of 2
  CHECK(m.classes[0].recall == Approx(1.0));       // 1 of 1
  CHECK(m.classes[0].f1 == Approx(2.0 / 3));       // 2 * 1 / (2 + 1)
  CHECK(m.classes[1].precision == Approx(1.0));    // 1 of 1
  CHECK(m.classes[1].recall == Approx(0.5));       // 1 of 2
  CHECK(m.macro_f1 == Approx(7.0 / 9));            // (2/3 + 2/3 + 1) / 3
  CHECK(m.mean_average_precision == Approx(1.0));  // every class ranks its own samples first
  // Four bins with one sample each: (|1 - 0.70| + |0 - 0.50| + |1 - 0.78| + |1 - 0.62|) / 4 = 1.40 / 4
  CHECK(m.calibration_error == Approx(0.35).epsilon(1e-5));
}

TEST_CASE("calibration: samples of one bin are averaged before they are compared", "[evaluation]") {
  // Both have confidence 0.7, in the bin (10/15, 11/15]; accuracy there is 1/2: |0.5 - 0.7| = 0.2.
  const auto p = from_probabilities({{0.7, 0.3}, {0.7, 0.3}}, {0, 1});
  CHECK(evaluation::compute_metrics(p, names(2)).calibration_error == Approx(0.2).epsilon(1e-5));
}

TEST_CASE("multi-label metrics by hand", "[evaluation]") {
  const auto x = static_cast<float>(std::log(3.0));  // sigmoid(x) = 0.75, sigmoid(-x) = 0.25
  Predictions p;
  p.class_count = 2;
  p.multi_label = true;
  p.logits = {x, -x, x, x, -x, -x};
  p.labels = {{0}, {0}, {}};  // exact, one too many, exact (nothing)
  const Metrics m = evaluation::compute_metrics(p, names(2));
  CHECK(m.correct == 2);
  CHECK(m.accuracy == Approx(2.0 / 3));
  // Five right decisions at -ln 0.75 = 0.287682, one wrong at -ln 0.25 = 1.386294: their mean.
  CHECK(m.loss == Approx(0.470784).epsilon(1e-5));
  CHECK(m.confusion.empty());
  CHECK(m.classes[0].f1 == Approx(1.0));
  CHECK(m.classes[1].support == 0);
  CHECK(m.classes[1].predicted == 1);
  CHECK(m.classes[1].precision == 0);
  CHECK(std::isnan(m.classes[1].average_precision));
  CHECK(m.mean_average_precision == Approx(1.0));  // class 0 alone
  CHECK(m.macro_f1 == Approx(0.5));                // class 1 was predicted, so its F1 of 0 counts
  // Top class right at 0.75 twice, wrong at 0.25 once: (2 * 0.25 + 0.25) / 3.
  CHECK(m.calibration_error == Approx(0.25).epsilon(1e-5));
}

TEST_CASE("perfect predictions give perfect metrics", "[evaluation]") {
  auto p = random_predictions(60, 5, 3);
  for (std::int64_t i = 0; i < 60; ++i) {
    p.labels[static_cast<std::size_t>(i)] = {i % 5};
    for (std::int64_t k = 0; k < 5; ++k) p.logits[static_cast<std::size_t>(i * 5 + k)] = k == i % 5 ? 100.0F : 0.0F;
  }
  const Metrics m = evaluation::compute_metrics(p, names(5));
  CHECK(m.accuracy == 1.0);
  CHECK(m.loss == Approx(0).margin(1e-12));
  CHECK(m.macro_f1 == 1.0);
  CHECK(m.mean_average_precision == 1.0);
  CHECK(m.mean_roc_auc == 1.0);
  CHECK(m.calibration_error == Approx(0).margin(1e-12));
}

TEST_CASE("renaming the classes changes no mean and permutes the rest", "[evaluation]") {
  const auto p = random_predictions(300, 6, 5);
  const std::vector<std::size_t> place = {3, 0, 5, 1, 4, 2};  // class k becomes class place[k]
  Predictions q = p;
  for (std::size_t i = 0; i < p.labels.size(); ++i) {
    q.labels[i] = {static_cast<std::int64_t>(place[static_cast<std::size_t>(p.labels[i].front())])};
    for (std::size_t k = 0; k < 6; ++k) q.logits[i * 6 + place[k]] = p.logits[i * 6 + k];
  }
  const Metrics a = evaluation::compute_metrics(p, names(6)), b = evaluation::compute_metrics(q, names(6));
  CHECK(a.correct == b.correct);
  CHECK(a.loss == Approx(b.loss).epsilon(1e-12));
  CHECK(a.macro_f1 == Approx(b.macro_f1).epsilon(1e-12));
  CHECK(a.mean_average_precision == Approx(b.mean_average_precision).epsilon(1e-12));
  CHECK(a.mean_roc_auc == Approx(b.mean_roc_auc).epsilon(1e-12));
  CHECK(a.calibration_error == Approx(b.calibration_error).epsilon(1e-9));
  for (std::size_t k = 0; k < 6; ++k) {
    CHECK(a.classes[k].f1 == b.classes[place[k]].f1);
    CHECK(a.classes[k].roc_auc == Approx(b.classes[place[k]].roc_auc).epsilon(1e-12));
    for (std::size_t j = 0; j < 6; ++j) CHECK(a.confusion[k][j] == b.confusion[place[k]][place[j]]);
  }
}

TEST_CASE("the confusion matrix adds up", "[evaluation]") {
  const Metrics m = evaluation::compute_metrics(random_predictions(500, 7, 9), names(7));
  std::int64_t diagonal = 0;
  for (std::size_t k = 0; k < 7; ++k) {
    std::int64_t column = 0;
    for (std::size_t t = 0; t < 7; ++t) column += m.confusion[t][k];
    CHECK(std::accumulate(m.confusion[k].begin(), m.confusion[k].end(), std::int64_t{0}) == m.classes[k].support);
    CHECK(column == m.classes[k].predicted);
    CHECK(m.confusion[k][k] == m.classes[k].correct);
    diagonal += m.confusion[k][k];
  }
  CHECK(diagonal == m.correct);
}

TEST_CASE("equal logits are decided for the first class", "[evaluation]") {
  const auto p = from_probabilities({{0.25, 0.25, 0.25, 0.25}, {0.1, 0.45, 0.45, 1e-9}}, {0, 2});
  const Metrics m = evaluation::compute_metrics(p, names(4));
  CHECK(m.correct == 1);
  CHECK(m.confusion[2][1] == 1);
}

TEST_CASE("extreme logits neither overflow nor lose their order", "[evaluation]") {
  // exp(300) is no float; all three probabilities of class 0 round to 1 although they differ.
  Predictions p;
  p.class_count = 2;
  p.logits = {300, 0, 200, 0, 100, 0};
  p.labels = {{0}, {0}, {1}};
  const Metrics m = evaluation::compute_metrics(p, names(2));
  CHECK(m.loss == Approx(100.0 / 3));  // only the third is wrong, by 100 nats
  CHECK(m.classes[0].roc_auc == 1.0);
  CHECK(m.classes[1].average_precision == 1.0);
  const auto values = probabilities(p.logits.data(), 2, true);
  CHECK(values[0] == 1.0);
  CHECK(values[1] == 0.5);
}

TEST_CASE("the log-odds rank as the probabilities do", "[evaluation]") {
  const auto p = random_predictions(80, 4, 21);
  const Metrics m = evaluation::compute_metrics(p, names(4));
  for (std::size_t k = 0; k < 4; ++k) {
    double won = 0, pairs = 0;
    for (std::size_t i = 0; i < 80; ++i) {
      for (std::size_t j = 0; j < 80; ++j) {
        if (p.labels[i].front() != static_cast<std::int64_t>(k) ||
            p.labels[j].front() == static_cast<std::int64_t>(k)) {
          continue;
        }
        pairs += 1;
        won += probabilities(&p.logits[i * 4], 4, false)[k] > probabilities(&p.logits[j * 4], 4, false)[k] ? 1 : 0;
      }
    }
    CHECK(m.classes[k].roc_auc == Approx(won / pairs).epsilon(1e-12));
  }
}

TEST_CASE("a class that occurs nowhere is left out of the means", "[evaluation]") {
  const auto p = from_probabilities({{0.8, 0.1, 0.1}, {0.1, 0.8, 0.1}}, {0, 1});
  const Metrics m = evaluation::compute_metrics(p, names(3));
  CHECK(m.macro_f1 == 1.0);
  CHECK(m.mean_roc_auc == 1.0);
  CHECK(std::isnan(m.classes[2].roc_auc));
}

TEST_CASE("metrics refuse what does not fit together", "[evaluation]") {
  auto p = from_probabilities({{0.5, 0.5}}, {0});
  CHECK_THROWS_AS(evaluation::compute_metrics(p, names(3)), UsageError);
  p.labels = {{2}};
  CHECK_THROWS_AS(evaluation::compute_metrics(p, names(2)), UsageError);
  p.labels = {{}};
  CHECK_THROWS_AS(evaluation::compute_metrics(p, names(2)), UsageError);
  p.labels = {{0}, {1}};
  CHECK_THROWS_AS(evaluation::compute_metrics(p, names(2)), UsageError);
  p.labels = {};
  p.logits = {};
  CHECK_THROWS_AS(evaluation::compute_metrics(p, names(2)), UsageError);
  p.multi_label = true;
  p.logits = {0, 0};
  p.labels = {{1, 0}};
  CHECK_THROWS_AS(evaluation::compute_metrics(p, names(2)), UsageError);
}

TEST_CASE("logits that are not numbers are an error, not a class", "[evaluation]") {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto p = from_probabilities({{0.5, 0.5}, {0.5, 0.5}}, {0, 1});
    p.logits[3] = bad;
    CHECK_THROWS_AS(evaluation::compute_metrics(p, names(2)), DataError);
  }
}
