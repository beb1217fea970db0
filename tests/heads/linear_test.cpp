// SPDX-License-Identifier: Apache-2.0
#include "heads/internal/linear.h"

#include <catch2/catch.hpp>

using namespace soundfold;

namespace {

/// Values and gradients of a layer over fresh random numbers, by our function or by LibTorch's in double.
struct Results {
  torch::Tensor values, of_x, of_weight, of_bias;
};

Results run(torch::Tensor x, torch::Tensor weight, torch::Tensor bias, const torch::Tensor& pull, bool x_learns) {
  x = x.detach().requires_grad_(x_learns);
  weight = weight.detach().clone().requires_grad_(true);
  bias = bias.detach().clone().requires_grad_(true);
  const auto values = heads::linear(x, weight, bias);
  (values * pull).sum().backward();
  return {values.detach(), x.grad(), weight.grad(), bias.grad()};
}

bool close(const torch::Tensor& given, const torch::Tensor& exact) {
  return torch::allclose(given.to(torch::kFloat64), exact, 1e-5, 1e-5);
}

}  // namespace

TEST_CASE("a linear layer's values and gradients are those of the formulas, whatever the shape", "[heads]") {
  torch::manual_seed(3);
  const auto rows = GENERATE(1, 7, 32, 65);
  const auto inputs = GENERATE(1, 40);
  const auto outputs = GENERATE(1, 10, 64);
  const bool x_learns = GENERATE(false, true);
  const auto f64 = torch::kFloat64;
  const auto x = torch::randn({rows, inputs}), weight = torch::randn({outputs, inputs});
  const auto bias = torch::randn({outputs}), pull = torch::randn({rows, outputs});
  const auto got = run(x, weight, bias, pull, x_learns);
  CHECK(close(got.values, x.to(f64).matmul(weight.to(f64).t()) + bias.to(f64)));
  CHECK(close(got.of_weight, pull.to(f64).t().matmul(x.to(f64))));
  CHECK(close(got.of_bias, pull.to(f64).sum(0)));
  CHECK(got.of_x.defined() == x_learns);
  if (x_learns) CHECK(close(got.of_x, pull.to(f64).matmul(weight.to(f64))));
}

TEST_CASE("a linear layer takes strided input, no rows and double values", "[heads]") {
  torch::manual_seed(4);
  const auto weight = torch::randn({6, 5}), bias = torch::randn({6});
  const auto strided = torch::randn({5, 9}).t();
  REQUIRE_FALSE(strided.is_contiguous());
  CHECK(torch::allclose(heads::linear(strided, weight, bias), strided.matmul(weight.t()) + bias, 1e-5, 1e-5));
  CHECK(heads::linear(torch::empty({0, 5}), weight, bias).sizes() == torch::IntArrayRef({0, 6}));
  const auto x = torch::randn({3, 5}, torch::kFloat64), w = weight.to(torch::kFloat64), b = bias.to(torch::kFloat64);
  CHECK(heads::linear(x, w, b).equal(torch::linear(x, w, b)));
}
