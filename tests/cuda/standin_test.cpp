// SPDX-License-Identifier: Apache-2.0
// The stand-in itself: what it refuses, what it counts, and that it computes what the CPU does.
#include "cuda/device.h"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <unistd.h>

#include <csignal>

using soundfold::testing::counts_since_last;
using soundfold::testing::kCuda;
using soundfold::testing::largest_difference;
using soundfold::testing::on_standin;

TEST_CASE("an operator that mixes devices is refused", "[cuda]") {
  const auto here = torch::randn({3, 4}), there = torch::randn({3, 4}).to(kCuda);
  CHECK_THROWS_AS(there + here, c10::Error);
  CHECK_THROWS_AS(here + there, c10::Error);
  CHECK_THROWS_AS(there.matmul(here.t()), c10::Error);
  CHECK_THROWS_AS(torch::where(there > 0, there, here), c10::Error);
  CHECK_THROWS_AS(torch::cat({there, here}), c10::Error);
  CHECK_THROWS_AS(torch::addmm(torch::zeros({3}), there, there.t()), c10::Error);
  CHECK_THROWS_AS(there.index_select(0, torch::tensor({0, 1}, torch::kLong)), c10::Error);
  CHECK_NOTHROW(there + torch::tensor(1.0F));  // numbers may come from anywhere, as on a GPU
}

TEST_CASE("the host cannot touch device memory", "[cuda]") {
  if (!on_standin()) return;  // on a GPU the driver sees to that
  const auto there = torch::ones({4}).to(kCuda);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);
    const volatile float* value = there.data_ptr<float>();
    _exit(*value == 1.0F ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGSEGV);
}

TEST_CASE("copies, values asked for and waits are counted", "[cuda]") {
  if (!on_standin()) return;
  counts_since_last();
  auto there = torch::ones({4}).to(kCuda);
  there = (there * 2).exp().sum();
  auto counts = counts_since_last();
  CHECK(counts.to_device == 1);
  CHECK(counts.operators >= 3);
  CHECK(counts.to_host + counts.scalars + counts.waits == 0);
  CHECK(there.item<float>() == Approx(4 * std::exp(2.0)));
  const auto back = torch::arange(6).to(kCuda).to(torch::kCPU);
  static_cast<void>(torch::nonzero(torch::ones({3}).to(kCuda)));
  counts = counts_since_last();
  CHECK(counts.scalars == 1);
  CHECK(counts.to_host == 1);
  CHECK(counts.to_device == 2);
  CHECK(counts.waits == 1);
}

TEST_CASE("views, writes in place and into given tensors act on the same memory", "[cuda]") {
  const auto here = torch::arange(24, torch::kFloat32).reshape({4, 6}).clone();
  const auto there = here.to(kCuda);
  for (const auto& each : {here, there}) {
    each.select(0, 1).mul_(3);
    each.slice(1, 2, 4).add_(each.slice(1, 0, 2));
    each.t().narrow(0, 5, 1).zero_();
    each.unfold(1, 2, 2).select(2, 1).add_(100);
    auto out = torch::empty({0}, each.options());
    torch::add_out(out, each, each);
    each.copy_(out);
    each.index_put_({torch::tensor({0, 2}, torch::kLong).to(each.device())}, torch::full({6}, 7.0F, each.options()));
  }
  CHECK(torch::equal(there.to(torch::kCPU), here));
  CHECK(torch::equal(there.view({2, 12}).permute({1, 0}).contiguous().to(torch::kCPU), here.view({2, 12}).t()));
}

TEST_CASE("convolutions, batch norms and their gradients are the CPU's", "[cuda]") {
  for (const int groups : {1, 4}) {
    torch::manual_seed(3);
    torch::nn::Sequential here(torch::nn::Conv2d(torch::nn::Conv2dOptions(4, 8, 3).groups(groups)),
                               torch::nn::BatchNorm2d(8), torch::nn::ReLU());
    torch::nn::Sequential there(torch::nn::Conv2d(torch::nn::Conv2dOptions(4, 8, 3).groups(groups)),
                                torch::nn::BatchNorm2d(8), torch::nn::ReLU());
    there->to(kCuda);
    const torch::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < here->parameters().size(); ++i) there->parameters()[i].copy_(here->parameters()[i]);
    {
      const torch::AutoGradMode gradients(true);
      const auto x = torch::randn({5, 4, 9, 9});
      here->forward(x).square().mean().backward();
      there->forward(x.to(kCuda)).square().mean().backward();
    }
    for (std::size_t i = 0; i < here->parameters().size(); ++i) {
      CHECK(largest_difference(there->parameters()[i].grad(), here->parameters()[i].grad()) < 1e-6);
    }
    for (std::size_t i = 0; i < here->buffers().size(); ++i) {
      CHECK(largest_difference(there->buffers()[i].to(torch::kFloat32), here->buffers()[i].to(torch::kFloat32)) < 1e-6);
    }
    CHECK(here->buffers()[0].abs().max().item<float>() > 0);  // running statistics have moved
  }
}
