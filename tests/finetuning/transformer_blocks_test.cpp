// SPDX-License-Identifier: Apache-2.0
#include "finetuning/transformer_blocks.h"

#include "device/tensor_values.h"
#include "engines/onednn_engine.h"
#include "finetuning/block_network.h"
#include "finetuning/cut_backbone.h"
#include "finetuning/network_tail.h"
#include "finetuning/tiny_transformer.h"
#include "support/errors.h"
#include "transformers/script.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace soundfold;
using finetuning::NetworkTail;
using finetuning::TransformerBlocks;
using testing::random_windows;
using testing::rows_of;
using testing::tiny_transformer;

namespace {

/// Embeddings and scores, one after the other, of the network's TorchScript module: windows [P, frames, 64] -> [P, 17].
torch::Tensor scripted_outputs(const weights::Weights& weights, const torch::Tensor& windows) {
  const torch::NoGradGuard no_gradients;
  auto module = transformers::scripted(weights, std::make_shared<torch::jit::CompilationUnit>());
  const auto outputs = module.forward({windows.unsqueeze(1)}).toTuple();
  return torch::cat({outputs->elements()[0].toTensor(), outputs->elements()[1].toTensor()}, 1);
}

finetuning::TailStart start_at(std::int64_t first, const weights::Weights& weights = tiny_transformer()) {
  return {std::make_shared<const weights::Weights>(weights), first, config::HeadInput::both};
}

/// Windows of several lengths as rows at a cut, shuffled, and what the whole network gives for each of them alone.
std::pair<torch::Tensor, torch::Tensor> mixed_rows(const engines::Backbone& front, const weights::Weights& weights) {
  std::vector<torch::Tensor> rows, expected;
  std::uint64_t seed = 1;
  for (const std::int64_t frames : {16, 80, 47, 16, 79, 48}) {
    const auto windows = random_windows(2, frames, seed++);
    rows.push_back(rows_of(front, windows));
    for (std::int64_t i = 0; i < 2; ++i) expected.push_back(scripted_outputs(weights, windows.narrow(0, i, 1)));
  }
  auto generator = at::detail::createCPUGenerator(9);
  const auto order = torch::randperm(12, generator, torch::kLong);
  return {torch::cat(rows).index_select(0, order), torch::cat(expected).index_select(0, order)};
}

/// Some values of each parameter by central differences, against the gradients.
void check_gradients(NetworkTail& tail, const torch::Tensor& rows, const torch::Tensor& factors) {
  const auto objective = [&] { return (tail->forward(rows) * factors).sum(); };
  tail->zero_grad();
  objective().backward();
  const torch::NoGradGuard no_gradients;
  constexpr double kStep = 1e-4;
  for (const auto& item : tail->named_parameters()) {
    INFO(item.key());
    auto values = item.value().flatten();
    const auto gradient = item.value().grad().flatten();
    CHECK(gradient.abs().max().item<double>() > 0);
    for (const auto at : {std::int64_t{0}, values.numel() / 2, values.numel() - 1}) {
      const auto value = values[at].item<double>();
      values[at] = value + kStep;
      const auto above = objective().item<double>();
      values[at] = value - kStep;
      const auto below = objective().item<double>();
      values[at] = value;
      CHECK(gradient[at].item<double>() == Approx((above - below) / (2 * kStep)).epsilon(1e-4).margin(1e-7));
    }
  }
}

}  // namespace

TEST_CASE("a transformer's frozen front and tail give the whole network's answer for windows of any length",
          "[finetuning]") {
  const auto weights = tiny_transformer();
  const auto engine = GENERATE(engines::Engine::automatic, engines::Engine::torchscript);
  for (std::int64_t first = 1; first <= 3; ++first) {
    INFO("first trained block " << first << ", " << name_of(engine));
    const auto front = finetuning::cut_backbone(weights, "digest", first, torch::kCPU, engine);
    const auto [rows, expected] = mixed_rows(*front, weights);
    NetworkTail tail(start_at(first));
    CHECK(tail->blocks()->row_size() == front->embedding_size());
    CHECK(tail->output_size() == 12 + 5);
    const auto both = tail->forward_all(rows);
    CHECK(largest_difference(both, expected) < 1e-5);
    CHECK_FALSE(both.requires_grad());
    for (std::int64_t i = 0; i < 3; ++i) {  // alone as in the batch
      CHECK(largest_difference(tail->forward(rows.narrow(0, i, 1)), expected.narrow(0, i, 1)) < 1e-5);
    }
  }
}

TEST_CASE("a transformer's front names its cut, and its rows begin with the window's length", "[finetuning]") {
  const auto weights = tiny_transformer();
  const auto front = finetuning::cut_backbone(weights, "abc", 3, torch::kCPU, engines::Engine::torchscript);
  CHECK(front->outputs() == "tokens after block 2");
  CHECK(front->embedding_size() == 1 + 5 * 4 * 12);
  CHECK(front->class_count() == 0);
  CHECK(front->weights_digest() == "abc");
  CHECK(front->compute_type().text() == "torch float32");
  const auto windows = random_windows(2, 50, 3);
  const auto rows = rows_of(*front, windows);
  CHECK(rows[1][0].item<float>() == 3);  // columns of 16 frames
  CHECK(rows.narrow(1, 1 + 3 * 4 * 12, 2 * 4 * 12).abs().max().item<float>() == 0);
  if (engines::onednn_unavailable_reason().empty()) {
    const auto fast = engines::onednn_front(weights, "abc", 2);
    CHECK(fast->outputs() == front->outputs());
    CHECK(fast->compute_type().text() == "onednn float32");
    CHECK(largest_difference(rows_of(*fast, windows), rows) < 1e-5);
    CHECK_THROWS_WITH(engines::onednn_front(weights, "abc", 3), Catch::Contains("it has 3"));
    CHECK_THROWS_AS(rows_of(*fast, random_windows(1, 81, 3)), UsageError);
  }
  const auto log_mel = finetuning::cut_backbone(weights, "abc", 1, torch::kCPU);
  CHECK(log_mel->outputs() == "log-mel patch with its length");
  const auto kept = rows_of(*log_mel, windows);
  CHECK(kept[0][0].item<float>() == 50);
  CHECK(torch::equal(kept.narrow(1, 1, 50 * 64), windows.flatten(1)));
  CHECK_THROWS_AS(finetuning::cut_backbone(weights, "abc", 4, torch::kCPU), UsageError);
}

TEST_CASE("gradients of a transformer's blocks are those of numeric differences", "[finetuning]") {
  const auto weights = tiny_transformer();
  for (const std::int64_t first : {1, 3}) {
    INFO("first trained block " << first);
    const auto front = finetuning::cut_backbone(weights, "digest", first, torch::kCPU);
    const auto rows = torch::cat({rows_of(*front, random_windows(2, 34, 1)), rows_of(*front, random_windows(1, 80, 2))})
                          .to(torch::kFloat64);
    NetworkTail tail(start_at(first));
    tail->to(torch::kFloat64);
    auto generator = at::detail::createCPUGenerator(4);
    check_gradients(tail, rows, torch::randn({3, 17}, generator, torch::kFloat64));
  }
}

TEST_CASE("a transformer's trained parameters have the published names, block by block", "[finetuning]") {
  const auto names_of = [](std::int64_t first, std::int64_t last) {
    std::set<std::string> names;
    for (const auto& item : TransformerBlocks(tiny_transformer(), first, last)->named_parameters())
      names.insert(item.key());
    return names;
  };
  const auto late = names_of(3, 3);
  CHECK(late.size() == 12 + 2);
  CHECK(late.count("encoder.blocks.2.attn.qkv.weight") == 1);
  CHECK(late.count("encoder.norm.bias") == 1);
  const auto all = names_of(1, 3);
  CHECK(all.size() == 3 * 12 + 2 + 4);
  CHECK(all.count("encoder.time_pos_embed") == 1);
  CHECK(all.count("encoder.patch_embed.proj.weight") == 1);
  CHECK(all.count("encoder.init_bn.weight") == 0);
  TransformerBlocks blocks(tiny_transformer(), 1, 3);
  const auto groups = blocks->parameters_of_blocks();
  REQUIRE(groups.size() == 3);
  CHECK(groups[0].size() == 12 + 4);
  CHECK(groups[1].size() == 12);
  CHECK(groups[2].size() == 12 + 2);
  CHECK(finetuning::trained_blocks(config::TrainedPart::all, 1, tiny_transformer()) == 3);
  CHECK_THROWS_WITH(finetuning::trained_blocks(config::TrainedPart::last_blocks, 4, tiny_transformer()),
                    Catch::Contains("1 to 3"));
}

TEST_CASE("trained values of a transformer go back to their places", "[finetuning]") {
  auto weights = tiny_transformer();
  const auto before = weights;
  for (const std::int64_t first : {1, 2}) {
    NetworkTail tail(start_at(first));
    {
      const torch::NoGradGuard no_gradients;
      std::int64_t number = 0;
      for (auto& parameter : tail->parameters()) parameter.mul_(1.0 + 0.01 * static_cast<double>(number++ % 5));
    }
    tail->blocks()->copy_to(weights);
    CHECK(weights.tensors.at("encoder.blocks.2.mlp.fc2.weight") !=
          before.tensors.at("encoder.blocks.2.mlp.fc2.weight"));
    CHECK(weights.tensors.at("encoder.init_bn.weight") == before.tensors.at("encoder.init_bn.weight"));
    const auto front = finetuning::cut_backbone(weights, "digest", first, torch::kCPU);
    const auto [rows, expected] = mixed_rows(*front, weights);
    CHECK(largest_difference(tail->forward_all(rows), expected) < 1e-5);
    weights = before;
  }
}

TEST_CASE("rows that are no windows, blocks that are not there and other weights are refused", "[finetuning]") {
  const auto weights = tiny_transformer();
  NetworkTail tail(start_at(3));
  auto rows = rows_of(*finetuning::cut_backbone(weights, "", 3, torch::kCPU), random_windows(2, 50, 3));
  for (const double length : {0.0, 6.0, -1.0, std::nan("")}) {
    rows[1][0] = length;
    CHECK_THROWS_WITH(tail->forward(rows), Catch::Contains("columns, not 1 to 5"));
  }
  CHECK(tail->forward(rows.narrow(0, 0, 0)).sizes() == torch::IntArrayRef({0, 17}));
  CHECK_THROWS_AS(TransformerBlocks(weights, 3, 4), UsageError);
  CHECK_THROWS_AS(TransformerBlocks(weights, 0, 2), UsageError);
  auto damaged = weights;
  damaged.tensors["encoder.blocks.2.norm1.bias"].pop_back();
  CHECK_THROWS_WITH(TransformerBlocks(damaged, 3, 3), Catch::Contains("encoder.blocks.2.norm1.bias has 11 values"));
}
