// SPDX-License-Identifier: Apache-2.0
#include "evaluation/internal/ranking.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <set>

using namespace soundfold::evaluation;

namespace {

/// The definition, threshold by threshold.
double brute_average_precision(const std::vector<double>& scores, const std::vector<bool>& positive) {
  const std::set<double, std::greater<>> thresholds(scores.begin(), scores.end());
  const auto total = static_cast<double>(std::count(positive.begin(), positive.end(), true));
  double area = 0, last_recall = 0;
  for (const double threshold : thresholds) {
    double hits = 0, taken = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (scores[i] < threshold) continue;
      taken += 1;
      hits += positive[i] ? 1 : 0;
    }
    area += (hits / total - last_recall) * hits / taken;
    last_recall = hits / total;
  }
  return area;
}

/// The definition, pair by pair.
double brute_roc_auc(const std::vector<double>& scores, const std::vector<bool>& positive) {
  double won = 0, pairs = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (std::size_t j = 0; j < scores.size(); ++j) {
      if (!positive[i] || positive[j]) continue;
      pairs += 1;
      won += scores[i] > scores[j] ? 1.0 : scores[i] == scores[j] ? 0.5 : 0.0;
    }
  }
  return won / pairs;
}

}  // namespace

TEST_CASE("ranking metrics of a small example by hand", "[evaluation]") {
  const std::vector<double> scores = {0.6, 0.9, 0.7, 0.8};
  const std::vector<bool> positive = {false, true, true, false};
  // From high to low: + - + -. Recall rises at ranks 1 (precision 1/1) and 3 (2/3): 1/2 * 1 + 1/2 * 2/3 = 5/6.
  CHECK(average_precision(scores, positive) == Approx(5.0 / 6));
  // Of 4 pairs, 0.9 beats both negatives, 0.7 beats 0.6 only: 3/4.
  CHECK(roc_auc(scores, positive) == Approx(0.75));
}

TEST_CASE("equal scores are one step, whatever their order", "[evaluation]") {
  // One threshold takes all: precision 1/3 at recall 1. Both pairs are ties: 1/2.
  for (const auto& positive : {std::vector<bool>{true, false, false}, std::vector<bool>{false, false, true}}) {
    CHECK(average_precision({0.5, 0.5, 0.5}, positive) == Approx(1.0 / 3));
    CHECK(roc_auc({0.5, 0.5, 0.5}, positive) == Approx(0.5));
  }
}

TEST_CASE("ranking metrics are undefined without positives or negatives", "[evaluation]") {
  CHECK(std::isnan(average_precision({0.1, 0.2}, {false, false})));
  CHECK(std::isnan(roc_auc({0.1, 0.2}, {false, false})));
  CHECK(std::isnan(roc_auc({0.1, 0.2}, {true, true})));
  CHECK(average_precision({0.1, 0.2}, {true, true}) == Approx(1));
}

TEST_CASE("ranking metrics agree with their definitions on random data with ties", "[evaluation]") {
  std::mt19937 random(11);
  for (int trial = 0; trial < 200; ++trial) {
    const std::size_t count = 2 + random() % 60;
    const unsigned levels = 1 + random() % 20;  // few levels: many ties
    std::vector<double> scores(count);
    std::vector<bool> positive(count);
    for (std::size_t i = 0; i < count; ++i) {
      scores[i] = static_cast<double>(random() % levels) / levels;
      positive[i] = random() % 3 == 0;
    }
    positive[0] = true;
    positive[1] = false;
    REQUIRE(average_precision(scores, positive) == Approx(brute_average_precision(scores, positive)).margin(1e-12));
    REQUIRE(roc_auc(scores, positive) == Approx(brute_roc_auc(scores, positive)).margin(1e-12));
  }
}
