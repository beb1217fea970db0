// SPDX-License-Identifier: Apache-2.0
#include "finetuning/network_tail.h"

#include "finetuning/cut_backbone.h"
#include "finetuning/tiny_network.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using finetuning::NetworkTail;

namespace {

torch::Tensor maps_at(const weights::Weights& weights, std::int64_t first, const torch::Tensor& patches) {
  const auto front = finetuning::cut_backbone(weights, "digest", first, torch::kCPU);
  auto maps = torch::empty({patches.size(0), front->embedding_size()});
  front->share()->run(patches.data_ptr<float>(), patches.size(0), maps.data_ptr<float>(), nullptr);
  return maps;
}

}  // namespace

TEST_CASE("a frozen front and the tail behind it give the whole network's embeddings and scores", "[finetuning]") {
  const auto weights = testing::tiny_network(11);
  const auto shared = std::make_shared<const weights::Weights>(weights);
  const auto patches = testing::random_patches(37, 4);
  const auto [embeddings, scores] = testing::module_outputs(weights, patches);
  for (std::int64_t first = 1; first <= 4; ++first) {
    INFO("first trained block " << first);
    const auto maps = maps_at(weights, first, patches);
    NetworkTail tail(finetuning::TailStart{shared, first, config::HeadInput::both});
    CHECK(tail->blocks()->row_size() == maps.size(1));
    CHECK(tail->output_size() == 8 + 5);
    const auto both = tail->forward_all(maps);
    CHECK((both - torch::cat({embeddings, scores}, 1)).abs().max().item<double>() < 1e-5);
    CHECK_FALSE(both.requires_grad());
    NetworkTail scores_only(finetuning::TailStart{shared, first, config::HeadInput::scores});
    CHECK((scores_only->forward(maps) - scores).abs().max().item<double>() < 1e-5);
  }
}

TEST_CASE("the frozen front names its cut and gives no scores", "[finetuning]") {
  const auto weights = testing::tiny_network(11);
  const auto front = finetuning::cut_backbone(weights, "abc", 4, torch::kCPU);
  CHECK(front->class_count() == 0);
  CHECK(front->class_names().empty());
  CHECK(front->weights_digest() == "abc");
  CHECK(front->outputs() == "map after block 3");
  CHECK(front->compute_type().text() == "torch float32");
  CHECK(front->share()->outputs() == front->outputs());
  CHECK(finetuning::cut_backbone(weights, "abc", 1, torch::kCPU)->outputs() == "log-mel patch");
  CHECK_THROWS_AS(finetuning::cut_backbone(weights, "abc", 5, torch::kCPU), UsageError);
  CHECK_THROWS_AS(front->run(nullptr, 0, nullptr, nullptr), UsageError);
  const auto patches = testing::random_patches(3, 9);
  CHECK(torch::equal(maps_at(weights, 1, patches), patches));
}

TEST_CASE("how many blocks are trained", "[finetuning]") {
  const auto weights = testing::tiny_network(1);
  CHECK(finetuning::trained_blocks(config::TrainedPart::all, 1, weights) == 4);
  CHECK(finetuning::trained_blocks(config::TrainedPart::last_blocks, 2, weights) == 2);
  CHECK_THROWS_WITH(finetuning::trained_blocks(config::TrainedPart::last_blocks, 5, weights),
                    Catch::Contains("1 to 4"));
  CHECK(finetuning::trained_blocks(config::TrainedPart::none, 1, weights) == 0);
}
