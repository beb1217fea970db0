// SPDX-License-Identifier: Apache-2.0
// The decision in the exported graph beside evaluation::DecisionRule.
#include "deploy/export.h"
#include "deploy/model.h"
#include "evaluation/calibration.h"
#include "small_model.h"
#include "support/errors.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace soundfold;
using namespace soundfold::testing;
using evaluation::DecisionRule;

namespace {

torch::jit::Module model_with(const DecisionRule& rule, bool multi_label = false) {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  return deploy::build_model(backbone, random_head(small_spec(backbone, "both", "mean")), kNames, multi_label, rule);
}

/// Any rule for that many classes; a half has thresholds, a half a negative class.
DecisionRule random_rule(std::size_t classes, std::mt19937& random) {
  std::uniform_real_distribution<double> uniform(0, 1);
  DecisionRule rule;
  rule.temperature = std::exp(std::log(0.05) + uniform(random) * std::log(400.0));
  if (uniform(random) < 0.5) {
    for (std::size_t k = 0; k < classes; ++k) rule.thresholds.push_back(uniform(random) * uniform(random));
  }
  if (uniform(random) < 0.5) rule.negative_class = random() % classes;
  return rule;
}

/// Some of them equal, so that their order counts.
std::vector<float> random_logits(std::size_t classes, std::mt19937& random) {
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> logits(classes);
  for (auto& logit : logits) logit = normal(random);
  if (random() % 3 == 0) logits.back() = logits.front();
  return logits;
}

void set_rule(torch::jit::Module& model, const DecisionRule& rule, bool multi_label) {
  model.setattr("temperature", rule.temperature);
  model.setattr("thresholds", c10::List<double>(rule.thresholds));
  model.setattr("negative_class", rule.negative_class ? static_cast<std::int64_t>(*rule.negative_class) : -1);
  model.setattr("multi_label", multi_label);
}

std::vector<std::size_t> classes_in(const torch::Tensor& labels) {
  std::vector<std::size_t> classes;
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    classes.push_back(static_cast<std::size_t>(labels[i].item<std::int64_t>()));
  }
  return classes;
}

c10::Dict<c10::IValue, c10::IValue> classified(torch::jit::Module& model, const std::vector<float>& waveform) {
  return model.get_method("classify")({as_tensor(waveform)}).toGenericDict();
}

}  // namespace

TEST_CASE("the graph answers as the decision rule does, whatever the logits and the rule", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const torch::jit::GraphOptimizerEnabledGuard not_compiled(false);
  auto model = model_with(DecisionRule());
  std::mt19937 random(20);
  std::size_t with_several = 0, with_none = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::size_t classes = 1 + random() % 6;
    const auto rule = random_rule(classes, random);
    const auto logits = random_logits(classes, random);
    const bool multi_label = random() % 2 == 0, silent = random() % 8 == 0;
    INFO("case " << i << ": " << rule.to_json(std::vector<std::string>{"a", "b", "c", "d", "e", "f"}));
    set_rule(model, rule, multi_label);
    const auto expected = rule.probabilities(logits, multi_label);
    const auto given = model.get_method("calibrated")({as_tensor(logits)}).toTensor();
    for (std::size_t k = 0; k < classes; ++k) {
      REQUIRE(given[static_cast<std::int64_t>(k)].item<double>() == Approx(expected[k]).epsilon(1e-12).margin(1e-15));
    }
    const auto labels = model.get_method("answer")({given, torch::tensor(silent)}).toTensor();
    CHECK(labels.scalar_type() == torch::kInt64);
    const auto answer = rule.answer(expected, silent);
    REQUIRE(classes_in(labels) == answer.classes);
    with_several += answer.classes.size() > 1 ? 1 : 0;
    with_none += answer.classes.empty() ? 1 : 0;
  }
  CHECK(with_several > 500);
  CHECK(with_none > 500);
}

TEST_CASE("classify gives calibrated probabilities and the classes answered", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const auto waveform = made_up_waveform(60'000);
  for (const bool multi_label : {false, true}) {
    auto rule = rule_with(evaluation::SilenceGate{-60, 2});
    rule.temperature = 1.7;
    rule.thresholds = {0.3, 0.2, 0.4};
    auto model = model_with(rule, multi_label);
    const auto named = classified(model, waveform);
    const auto logits = named.at("classifier").toTensor().contiguous();
    const auto expected = rule.probabilities({logits.data_ptr<float>(), logits.data_ptr<float>() + 3}, multi_label);
    const auto probabilities = named.at("probabilities").toTensor();
    CHECK(probabilities.scalar_type() == torch::kFloat32);
    for (std::int64_t k = 0; k < 3; ++k) {
      CHECK(probabilities[k].item<double>() == Approx(expected[static_cast<std::size_t>(k)]).margin(1e-6));
    }
    CHECK(classes_in(named.at("labels").toTensor()) == rule.answer(expected, false).classes);
    CHECK_FALSE(rule.answer(expected, false).classes.empty());
    CHECK(classified(model, std::vector<float>(60'000)).at("labels").toTensor().size(0) == 0);  // silence
  }
}

TEST_CASE("an exported file answers by the rule that its metadata name", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto backbone = small_backbone();
  const auto head = random_head(small_spec(backbone, "both", "mean"));
  DecisionRule rule;
  rule.temperature = 0.7;
  rule.thresholds = {0.1, 0.9, 0.25};
  rule.negative_class = 1;
  const auto built = deploy::build_model(backbone, head, kNames, true, rule);
  deploy::export_model(built, head, {}, {parity_case(backbone, head, made_up_waveform(20'000))}, folder / "model.pt");
  const auto model = deploy::Model::load(folder / "model.pt", torch::kCPU);
  CHECK(model.metadata()["decision"] == rule.to_json(kNames));
  CHECK(model.module().attr("temperature").toDouble() == 0.7);
  CHECK(model.module().attr("negative_class").toInt() == 1);
  CHECK(model.module().attr("thresholds").toDoubleVector() == rule.thresholds);
}

TEST_CASE("a rule that does not fit the classes is refused", "[deploy]") {
  DecisionRule rule;
  rule.thresholds = {0.5, 0.5};
  CHECK_THROWS_AS(model_with(rule), UsageError);
  rule.thresholds = {};
  rule.negative_class = 3;
  CHECK_THROWS_AS(model_with(rule), UsageError);
  rule.negative_class = 2;
  rule.temperature = 0;
  CHECK_THROWS_AS(model_with(rule), UsageError);
}

TEST_CASE("classes and rate are methods, too", "[deploy]") {
  auto model = model_with(DecisionRule());
  std::vector<std::string> names;
  const auto labels = model.get_method("labels")({});
  for (const c10::IValue& name : labels.toListRef()) names.push_back(name.toStringRef());
  CHECK(names == kNames);
  CHECK(model.get_method("rate")({}).toInt() == 16'000);
}
