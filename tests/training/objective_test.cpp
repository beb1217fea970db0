// SPDX-License-Identifier: Apache-2.0
#include "training/internal/objective.h"

#include "optimization/losses.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using training::Objective;

namespace {

// Logits ln 1, ln 2, ln 5 give the probabilities 1/8, 2/8, 5/8.
torch::Tensor logits() {
  return torch::log(torch::tensor({{1.0F, 2.0F, 5.0F}, {2.0F, 1.0F, 5.0F}}));
}
torch::Tensor classes() {
  return torch::tensor({1, 2}, torch::kLong);
}

double value_at(const torch::Tensor& tensor, std::int64_t index) {
  return tensor[index].item<double>();
}

config::Objective objective_of(const std::string& type) {
  config::Objective objective;
  objective.type = choice_named<config::Loss>(type).value();
  return objective;
}

}  // namespace

TEST_CASE("cross entropy by hand", "[training]") {
  const auto losses = Objective(objective_of("cross_entropy")).losses(logits(), classes());
  CHECK(value_at(losses, 0) == Approx(-std::log(2.0 / 8)));
  CHECK(value_at(losses, 1) == Approx(-std::log(5.0 / 8)));
}

TEST_CASE("label smoothing by hand, and the same for class numbers and for 0/1 targets", "[training]") {
  auto settings = objective_of("cross_entropy");
  settings.label_smoothing = 0.3;
  const Objective objective(settings);
  const auto losses = objective.losses(logits(), classes());
  CHECK(value_at(losses, 0) == Approx(-(0.1 * std::log(1.0 / 8) + 0.8 * std::log(2.0 / 8) + 0.1 * std::log(5.0 / 8))));
  CHECK(torch::allclose(losses, objective.losses(logits(), optimization::dense_targets(classes(), 3))));
}

TEST_CASE("focal loss by hand", "[training]") {
  auto settings = objective_of("focal");
  settings.focal_gamma = 2;
  const auto losses = Objective(settings).losses(logits(), classes());
  CHECK(value_at(losses, 0) == Approx(-std::pow(6.0 / 8, 2) * std::log(2.0 / 8)));
  CHECK(value_at(losses, 1) == Approx(-std::pow(3.0 / 8, 2) * std::log(5.0 / 8)));
  settings.focal_gamma = 0;
  const auto plain = Objective(objective_of("cross_entropy")).losses(logits(), classes());
  CHECK(torch::allclose(Objective(settings).losses(logits(), classes()), plain));
}

TEST_CASE("binary cross entropy by hand", "[training]") {
  const auto z = torch::tensor({{0.0F, std::log(3.0F)}});  // probabilities 1/2 and 3/4
  const auto t = torch::tensor({{1.0F, 0.0F}});
  auto settings = objective_of("binary_cross_entropy");
  const auto loss = Objective(settings).losses(z, t);
  CHECK(value_at(loss, 0) == Approx(-(std::log(0.5) + std::log(0.25)) / 2));
  const auto weighted = Objective(settings).losses(z, t, torch::tensor({3.0F, 7.0F}));
  CHECK(value_at(weighted, 0) == Approx(-(3 * std::log(0.5) + std::log(0.25)) / 2));
  settings.label_smoothing = 0.2;
  const auto smoothed = Objective(settings).losses(z, t);
  CHECK(value_at(smoothed, 0) == Approx(-(std::log(0.5) + 0.1 * std::log(0.75) + 0.9 * std::log(0.25)) / 2));
}

TEST_CASE("mixed targets weigh both classes", "[training]") {
  const Objective objective(objective_of("cross_entropy"));
  const auto mixed = torch::tensor({{0.25F, 0.75F, 0.0F}});
  const auto loss = objective.losses(logits().narrow(0, 0, 1), mixed);
  CHECK(value_at(loss, 0) == Approx(-(0.25 * std::log(1.0 / 8) + 0.75 * std::log(2.0 / 8))));
  const auto weighted = objective.losses(logits().narrow(0, 0, 1), mixed, torch::tensor({4.0F, 2.0F, 1.0F}));
  CHECK(value_at(weighted, 0) == Approx(2.5 * value_at(loss, 0)));
}

TEST_CASE("class weights by hand", "[training]") {
  auto settings = objective_of("cross_entropy");
  const auto targets = torch::tensor({0, 0, 0, 1, 3, 3}, torch::kLong);
  CHECK_FALSE(training::make_class_weights(settings, targets, 4).defined());
  settings.class_weights = config::ClassWeights::balanced;
  const auto balanced = training::make_class_weights(settings, targets, 4);
  CHECK(torch::allclose(balanced, torch::tensor({6.0F / 9, 2.0F, 1.0F, 1.0F})));
  CHECK(balanced.index_select(0, targets).mean().item<double>() == Approx(1));
  settings.class_weights = config::ClassWeights::given;
  settings.class_weight_values = {1, 2, 3, 4.5};
  CHECK(torch::equal(training::make_class_weights(settings, targets, 4), torch::tensor({1.0F, 2.0F, 3.0F, 4.5F})));
  const auto weights = torch::tensor({1.0F, 2.0F, 10.0F});
  const Objective objective(objective_of("cross_entropy"));
  CHECK(value_at(objective.losses(logits(), classes(), weights), 1) == Approx(-10 * std::log(5.0 / 8)));
  settings.type = config::Loss::binary_cross_entropy;
  settings.class_weights = config::ClassWeights::balanced;
  const auto labels = torch::tensor({{1.0F, 0.0F}, {0.0F, 0.0F}, {0.0F, 0.0F}, {0.0F, 0.0F}});
  CHECK(torch::equal(training::make_class_weights(settings, labels, 2), torch::tensor({3.0F, 1.0F})));
  // The first class is in every clip: a weight of (4 - 4) / 4 = 0 would keep it from being learnt at all.
  const auto always = torch::tensor({{1.0F, 0.0F}, {1.0F, 1.0F}, {1.0F, 0.0F}, {1.0F, 0.0F}});
  CHECK(torch::equal(training::make_class_weights(settings, always, 2), torch::tensor({1.0F, 3.0F})));
}

TEST_CASE("weights of classes must be as many as there are classes", "[training]") {
  auto settings = objective_of("cross_entropy");
  settings.class_weights = config::ClassWeights::given;
  settings.class_weight_values = {1, 2};
  CHECK_THROWS_WITH(training::make_class_weights(settings, classes(), 3), Catch::Contains("2 values for 3 classes"));
}

TEST_CASE("accuracy counts classes or yes/no decisions", "[training]") {
  CHECK(training::fraction_right(logits(), classes()).item<double>() == 0.5);
  const auto z = torch::tensor({{1.0F, -1.0F}, {1.0F, 1.0F}});
  const auto t = torch::tensor({{1.0F, 0.0F}, {0.0F, 1.0F}});
  CHECK(training::fraction_right(z, t).item<double>() == 0.75);
}
