// SPDX-License-Identifier: Apache-2.0
#include "optimization/optimizer.h"

#include "device/random_streams.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using optimization::Optimizer;

namespace {

config::Optimizer settings_of(const std::string& type, double weight_decay = 0) {
  config::Optimizer settings;
  settings.type = choice_named<config::OptimizerType>(type).value();
  settings.weight_decay = weight_decay;
  return settings;
}

torch::Tensor matrix(float value) {
  return torch::full({1, 1}, value).requires_grad_();
}

void step(Optimizer& optimizer, torch::Tensor& weight, float gradient, double rate) {
  weight.mutable_grad() = torch::full_like(weight, gradient).detach();
  optimizer.step(rate);
}

double value(const torch::Tensor& tensor) {
  return tensor.flatten()[0].item<double>();
}

/// Two steps of Adam in double, after Kingma and Ba's second form.
double adam_by_hand(double w, double g1, double g2, double rate, double l2, double decoupled) {
  double m = 0, v = 0;
  const double gradients[] = {g1, g2};
  for (int t = 1; t <= 2; ++t) {
    const double g = gradients[t - 1] + l2 * w;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const double size = rate * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t));
    w = (1 - rate * decoupled) * w - size * m / (std::sqrt(v) + 1e-7);
  }
  return w;
}

}  // namespace

TEST_CASE("Adam's epsilon has Keras's value and place", "[optimization]") {
  auto w = matrix(2);
  Optimizer optimizer(settings_of("adam"), {w});
  step(optimizer, w, 1e-6F, 0.01);
  // m = 1e-7, v = 1e-15, size = 0.01 sqrt(0.001) / 0.1: 2 - 0.00316227766 * 1e-7 / (3.16227766e-8 + 1e-7).
  // With LibTorch's place for epsilon it would be 2 - 0.01 * 1e-6 / (1e-6 + 1e-7) = 1.990909.
  CHECK(value(w) == Approx(1.997597469).epsilon(1e-7));
}

TEST_CASE("two steps of Adam and AdamW with weight decay by hand", "[optimization]") {
  auto a = matrix(2), b = matrix(2);
  Optimizer adam(settings_of("adam", 0.1), {a}), adamw(settings_of("adamw", 0.1), {b});
  for (const float gradient : {0.5F, -1.5F}) {
    step(adam, a, gradient, 0.02);
    step(adamw, b, gradient, 0.02);
  }
  CHECK(value(a) == Approx(adam_by_hand(2, 0.5, -1.5, 0.02, 0.1, 0)).epsilon(1e-6));
  CHECK(value(b) == Approx(adam_by_hand(2, 0.5, -1.5, 0.02, 0, 0.1)).epsilon(1e-6));
  CHECK(value(a) != value(b));
}

TEST_CASE("SGD with momentum and weight decay by hand", "[optimization]") {
  auto w = matrix(2);
  auto settings = settings_of("sgd", 0.5);
  settings.momentum = 0.8;
  Optimizer optimizer(settings, {w});
  step(optimizer, w, 1.0F, 0.1);  // g = 1 + 0.5 * 2 = 2, v = 2, w = 1.8
  CHECK(value(w) == Approx(1.8));
  step(optimizer, w, 1.0F, 0.1);  // g = 1 + 0.9 = 1.9, v = 0.8 * 2 + 1.9 = 3.5, w = 1.45
  CHECK(value(w) == Approx(1.45));
}

TEST_CASE("weight decay leaves biases alone", "[optimization]") {
  for (const std::string type : {"adam", "adamw", "sgd"}) {
    auto w = matrix(1);
    auto bias = torch::ones({3}).requires_grad_();
    Optimizer optimizer(settings_of(type, 0.1), {w, bias});
    bias.mutable_grad() = torch::zeros({3});
    step(optimizer, w, 0.0F, 0.1);
    CHECK(value(w) < 1);
    CHECK(torch::equal(bias.detach(), torch::ones({3})));
  }
}

TEST_CASE("gradients are clipped by their joint norm", "[optimization]") {
  auto settings = settings_of("sgd");
  settings.momentum = 0;
  settings.gradient_clip_norm = 1;
  auto a = matrix(0), b = matrix(0);
  Optimizer optimizer(settings, {a, b});
  b.mutable_grad() = torch::full({1, 1}, 4.0F);
  step(optimizer, a, 3.0F, 1.0);
  CHECK(value(a) == Approx(-0.6).epsilon(1e-5));
  CHECK(value(b) == Approx(-0.8).epsilon(1e-5));
  b.mutable_grad() = torch::full({1, 1}, 0.4F);
  step(optimizer, a, 0.3F, 1.0);
  CHECK(value(a) == Approx(-0.9).epsilon(1e-5));
}

TEST_CASE("the loop over memory and the tensor operations agree", "[optimization]") {
  for (const std::string type : {"adam", "adamw", "sgd"}) {
    auto generator = make_generator(torch::kCPU, 5);
    auto plain = torch::randn({300, 257}, generator).requires_grad_();
    auto general = plain.detach().to(torch::kFloat64).requires_grad_();
    Optimizer fast(settings_of(type, 0.01), {plain}), slow(settings_of(type, 0.01), {general});
    for (int i = 0; i < 5; ++i) {
      const auto gradient = torch::randn({300, 257}, generator);
      plain.mutable_grad() = gradient.clone();
      general.mutable_grad() = gradient.to(torch::kFloat64);
      fast.step(0.01);
      slow.step(0.01);
    }
    INFO(type);
    CHECK((plain.detach() - general.detach()).abs().max().item<double>() < 2e-6);
  }
}

TEST_CASE("a parameter without gradient stays; an optimizer's state can be restored elsewhere", "[optimization]") {
  auto a = matrix(1), b = matrix(1), unused = matrix(3);
  Optimizer first(settings_of("adam"), {a, unused});
  step(first, a, 1.0F, 0.1);
  CHECK(value(unused) == 3);
  Optimizer second(settings_of("adam"), {b, unused});
  second.restore(heads::copy_of(first.state()), first.step_count());
  b.data().copy_(a.detach());
  step(first, a, -0.3F, 0.1);
  step(second, b, -0.3F, 0.1);
  CHECK(value(a) == value(b));
}

TEST_CASE("groups have their own rate and weight decay, and one step count", "[optimization]") {
  auto head = matrix(2), early = matrix(2), late = matrix(2), bias = torch::full({1}, 2.0F).requires_grad_();
  Optimizer groups(settings_of("sgd", 0.9), {{{head}, 0}, {{early, bias}, 0.5, 0.25}, {{late}, 0.5}});
  groups.set_rate_factor(2, 0.5);
  for (auto* weight : {&head, &early, &late, &bias}) weight->mutable_grad() = torch::ones_like(*weight).detach();
  groups.step(0.1);
  CHECK(value(head) == Approx(2 - 0.1 * 1));                      // the decay of the settings is not used
  CHECK(value(early) == Approx(2 - 0.1 * 0.25 * (1 + 0.5 * 2)));  // g = 1 + 0.5 w
  CHECK(value(bias) == Approx(2 - 0.1 * 0.25 * 1));               // vectors do not decay
  CHECK(value(late) == Approx(2 - 0.1 * 0.5 * (1 + 0.5 * 2)));
  CHECK(groups.step_count() == 1);
  CHECK(groups.state().size() == 4);
  groups.set_rate_factor(1, 0);
  const auto before = value(early);
  groups.step(0.1);
  CHECK(value(early) == before);
}
