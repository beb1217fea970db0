// SPDX-License-Identifier: Apache-2.0
#include "evaluation/calibration.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using evaluation::DecisionRule;
using evaluation::Predictions;

namespace {

Predictions single(std::int64_t classes, const std::vector<float>& logits, const std::vector<std::int64_t>& labels) {
  Predictions p;
  p.class_count = classes;
  p.logits = logits;
  for (const auto label : labels) p.labels.push_back({label});
  return p;
}

/// One class, sigmoid; the logit of each probability.
Predictions one_class(const std::vector<double>& probabilities, const std::vector<bool>& positive) {
  Predictions p;
  p.class_count = 1;
  p.multi_label = true;
  for (const double q : probabilities) p.logits.push_back(static_cast<float>(std::log(q / (1 - q))));
  for (const bool yes : positive) p.labels.push_back(yes ? std::vector<std::int64_t>{0} : std::vector<std::int64_t>{});
  return p;
}

}  // namespace

TEST_CASE("the temperature makes confidence equal to how often it is right", "[evaluation]") {
  // Two classes, the same logits (4, 0) every time, right 3 times of 4: the best p of the first class is 0.75, so
  // 4 / T = ln(0.75 / 0.25) = ln 3 and T = 4 / ln 3 = 3.641.
  const auto p = single(2, {4, 0, 4, 0, 4, 0, 4, 0}, {0, 0, 0, 1});
  const auto t = evaluation::fit_temperature(p);
  REQUIRE(t);
  CHECK(*t == Approx(4 / std::log(3.0)).epsilon(1e-6));
  const auto after = evaluation::compute_metrics(evaluation::with_temperature(p, *t), {"a", "b"});
  const auto before = evaluation::compute_metrics(p, {"a", "b"});
  CHECK(after.calibration_error == Approx(0).margin(1e-6));
  CHECK(before.calibration_error == Approx(1 / (1 + std::exp(-4.0)) - 0.75));
  // ln 4 - 0.75 ln 3, the entropy of 3 to 1.
  CHECK(after.loss == Approx(std::log(4.0) - 0.75 * std::log(3.0)).epsilon(1e-6));
  CHECK(after.loss < before.loss);
  CHECK(after.correct == before.correct);
}

TEST_CASE("scaled logits give the scaled temperature, and a second fit gives one", "[evaluation]") {
  auto p = single(3, {2, 0, -1, 0, 1, 3, 1, 1, 0, 5, 4, 0, -2, 0, 1}, {0, 1, 1, 0, 2});
  const double t = evaluation::fit_temperature(p).value();
  CHECK(evaluation::fit_temperature(evaluation::with_temperature(p, t)).value() == Approx(1).epsilon(1e-5));
  for (float& z : p.logits) z *= 4;
  CHECK(evaluation::fit_temperature(p).value() == Approx(4 * t).epsilon(1e-6));
}

TEST_CASE("the fitted loss is the smallest over a grid, one label or several", "[evaluation]") {
  auto p = single(2, {3, 0, 2, 0, 0, 1, 1, 0, 0, 4, 2, 0}, {0, 1, 1, 0, 1, 0});
  for (const bool multi_label : {false, true}) {
    p.multi_label = multi_label;
    const auto loss = [&](double t) {
      return evaluation::compute_metrics(evaluation::with_temperature(p, t), {"a", "b"}).loss;
    };
    const double best = loss(evaluation::fit_temperature(p).value());
    for (double t = 0.06; t < 20; t *= 1.1) CHECK(best <= loss(t) + 1e-9);
  }
}

TEST_CASE("no temperature when every sample is right, or when none is", "[evaluation]") {
  CHECK_FALSE(evaluation::fit_temperature(single(2, {4, 0, 0, 4}, {0, 1})));
  CHECK_FALSE(evaluation::fit_temperature(single(2, {4, 0, 0, 4}, {1, 0})));
  CHECK_FALSE(evaluation::fit_temperature(single(2, {1, 1, 1, 1}, {0, 1})));
  CHECK_THROWS_AS(evaluation::fit_temperature(Predictions()), UsageError);
  CHECK_THROWS_AS(evaluation::with_temperature(single(2, {1, 0}, {0}), 0), UsageError);
}

TEST_CASE("thresholds are the best in F1, halfway between neighbours", "[evaluation]") {
  // From the top: + + - + -. F1 after 1: 2/(1+3) = .5; 2: 4/5; 3: 4/6; 4: 6/7, the best; 5: 6/8.
  const auto p = one_class({0.9, 0.8, 0.7, 0.4, 0.2}, {true, true, false, true, false});
  const auto thresholds = evaluation::best_thresholds(p);
  REQUIRE(thresholds.size() == 1);
  CHECK(thresholds[0] == Approx(0.3));
  CHECK(evaluation::macro_f1_at(p, thresholds) == Approx(6.0 / 7));
  CHECK(evaluation::macro_f1_at(p, {0.5}) == Approx(4.0 / 6));
}

TEST_CASE("thresholds of clear, one-sided and tied classes", "[evaluation]") {
  CHECK(evaluation::best_thresholds(one_class({0.95, 0.05}, {true, false}))[0] == Approx(0.5));
  CHECK(evaluation::best_thresholds(one_class({0.9, 0.8}, {false, false}))[0] == 0.5);
  CHECK(evaluation::best_thresholds(one_class({0.9, 0.8}, {true, true}))[0] == Approx(0.4));
  // Equal probabilities cannot be parted: F1 of taking both is 2/3.
  const auto tied = one_class({0.6, 0.6}, {true, false});
  CHECK(evaluation::best_thresholds(tied)[0] == Approx(0.3));
  CHECK(evaluation::macro_f1_at(tied, {0.3}) == Approx(2.0 / 3));
  // + - - +: taking one (0.75) and taking all (0.1) both have F1 2/3; 0.75 is nearer 0.5.
  CHECK(evaluation::best_thresholds(one_class({0.8, 0.7, 0.6, 0.2}, {true, false, false, true}))[0] == Approx(0.75));
  CHECK(std::isnan(evaluation::macro_f1_at(one_class({0.2}, {false}), {0.5})));
  CHECK_THROWS_AS(evaluation::macro_f1_at(tied, {0.3, 0.3}), UsageError);
}

TEST_CASE("an answer holds the detected classes, never the negative class", "[evaluation]") {
  DecisionRule rule;
  CHECK(rule.answer({0.1, 0.7, 0.2}, false).classes == std::vector<std::size_t>{1, 2, 0});
  rule.negative_class = 1;
  CHECK(rule.answer({0.1, 0.7, 0.2}, false).classes.empty());
  CHECK(rule.answer({0.1, 0.7, 0.2}, false).none == "none of the classes");
  CHECK(rule.answer({0.5, 0.3, 0.2}, false).classes == std::vector<std::size_t>{0, 2});
  rule.thresholds = {0.6, 0.1, 0.2};
  CHECK(rule.answer({0.5, 0.3, 0.2}, false).classes == std::vector<std::size_t>{2});
  CHECK(rule.answer({0.5, 0.4, 0.1}, false).none == "nothing above its threshold");
  CHECK(rule.answer({0.9, 0.05, 0.05}, true).classes.empty());
  CHECK(rule.answer({0.9, 0.05, 0.05}, true).none == "silence");
}

TEST_CASE("appended classes are answered beside the own ones, and the negative class speaks for these only",
          "[evaluation]") {
  DecisionRule rule;
  rule.appended = 2;
  CHECK(rule.answer({0.3, 0.7, 0.9, 0.1}, false).classes == std::vector<std::size_t>{2, 1, 0, 3});
  rule.negative_class = 1;
  CHECK(rule.answer({0.3, 0.7, 0.9, 0.1}, false).classes == std::vector<std::size_t>{2, 3});
  CHECK(rule.answer({0.7, 0.3, 0.9, 0.1}, false).classes == std::vector<std::size_t>{2, 0, 3});
  rule.thresholds = {0.6, 0.1};
  CHECK(rule.answer({0.7, 0.3, 0.9, 0.1}, false).classes == std::vector<std::size_t>{2, 0});
  CHECK(rule.answer({0.3, 0.7, 0.4, 0.1}, false).none == "none of the classes");
  CHECK(rule.answer({0.5, 0.3, 0.4, 0.1}, false).none == "nothing above its threshold");
  CHECK(rule.answer({0.7, 0.3, 0.9, 0.1}, true).none == "silence");
}

TEST_CASE("probabilities are those of the logits divided by the temperature", "[evaluation]") {
  DecisionRule rule;
  rule.temperature = 2;
  CHECK(rule.probabilities({2, 0}, false)[0] == Approx(1 / (1 + std::exp(-1.0))));
  CHECK(rule.probabilities({2, 0}, true)[1] == Approx(0.5));
}

TEST_CASE("a rule reads back from its JSON, and other JSON is refused", "[evaluation]") {
  const std::vector<std::string> names = {"dog", "other"};
  CHECK(DecisionRule().to_json(names) == nlohmann::json{{"silence_gate", false}});
  CHECK_FALSE(DecisionRule::from_json(DecisionRule().to_json(names), names).silence_gate);
  DecisionRule rule;
  rule.silence_gate = {-72, 0.875};
  rule.temperature = 1.25;
  rule.thresholds = {0.3, 0.6};
  rule.negative_class = 1;
  const auto again = DecisionRule::from_json(rule.to_json(names), names);
  CHECK(again.temperature == 1.25);
  CHECK(again.thresholds == rule.thresholds);
  CHECK(again.negative_class == rule.negative_class);
  REQUIRE(again.silence_gate);
  CHECK(again.silence_gate->dbfs == -72);
  CHECK(again.silence_gate->score == 0.875);
  CHECK(DecisionRule::from_json(nullptr, names).thresholds.empty());
  for (const char* text :
       {R"([1])", R"({"temperature": 0})", R"({"temperature": "hot"})", R"({"thresholds": {"dog": 0.5}})",
        R"({"thresholds": {"dog": 0.5, "other": 2}})", R"({"thresholds": 1})", R"({"negative_class": "cat"})",
        R"({"negative_class": 1})", R"({"silence_gate": true})", R"({"silence_gate": {"dbfs": 3, "score": 0.5}})",
        R"({"silence_gate": {"dbfs": -60}})"}) {
    INFO(text);
    CHECK_THROWS_AS(DecisionRule::from_json(nlohmann::json::parse(text), names), DataError);
  }
}

TEST_CASE("silence is a low level or a high score for Silence; a model file that names no gate has the default one",
          "[evaluation]") {
  const evaluation::SilenceGate gate{-60, 0.5};
  CHECK(gate.silent(-60.1, std::nullopt));
  CHECK_FALSE(gate.silent(-60, std::nullopt));
  CHECK(gate.silent(-120, 0.0));
  CHECK(gate.silent(-20, 0.5));
  CHECK_FALSE(gate.silent(-20, 0.49));
  for (const char* text : {"null", "{}", R"({"temperature": 2})"}) {
    const auto rule = DecisionRule::from_json(nlohmann::json::parse(text), {"dog", "cat"});
    REQUIRE(rule.silence_gate);
    CHECK(rule.silence_gate->dbfs == evaluation::SilenceGate().dbfs);
    CHECK(rule.silence_gate->score == evaluation::SilenceGate().score);
  }
}

TEST_CASE("the accuracy of a rule counts what its answers name", "[evaluation]") {
  // Probabilities of the first class 0.881, 0.550 and 0.269.
  const auto p = single(2, {2, 0, 0.2F, 0, 0, 1}, {0, 0, 1});
  DecisionRule rule;
  CHECK(evaluation::accuracy_with(p, rule) == 1);
  rule.thresholds = {0.6, 0.6};  // nothing of the second clip is above
  CHECK(evaluation::accuracy_with(p, rule) == Approx(2.0 / 3));
  rule.negative_class = 1;  // the third clip is none of the classes, as it is labelled
  CHECK(evaluation::accuracy_with(p, rule) == Approx(2.0 / 3));
  rule.temperature = 10;  // 0.550, 0.505, 0.475: the third stays the negative class, nothing else is above
  CHECK(evaluation::accuracy_with(p, rule) == Approx(1.0 / 3));
  const auto several = one_class({0.4, 0.6}, {true, true});
  CHECK(evaluation::accuracy_with(several, DecisionRule()) == 0.5);
  DecisionRule lower;
  lower.thresholds = {0.3};
  CHECK(evaluation::accuracy_with(several, lower) == 1);
  CHECK(std::isnan(evaluation::accuracy_with(Predictions(), rule)));
}
