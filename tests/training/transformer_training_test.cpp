// SPDX-License-Identifier: Apache-2.0
#include "finetuning/cut_backbone.h"
#include "finetuning/tiny_transformer.h"
#include "ranks/ranks_of_threads.h"
#include "testing/testing.h"
#include "training/backbone_case.h"
#include "training/network.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <vector>

using namespace soundfold;
using testing::Crash;
using testing::train_quietly;

namespace {

/// The last block of a tiny transformer is trained on windows of two lengths; class 0 is louder below, class 1 above.
struct TransformerCase {
  explicit TransformerCase(std::int64_t first = 3) {
    tail = {std::make_shared<const weights::Weights>(testing::tiny_transformer()), first,
            config::HeadInput::embeddings};
    train = clips(17, 1);
    validation = clips(7, 2);
    settings = testing::backbone_settings();
    options.tail = &tail;
  }

  heads::FeatureSet clips(std::int64_t count, std::uint64_t seed) const {
    auto set = testing::make_clips(count, 1, 2, seed);
    const auto front = finetuning::cut_backbone(*tail.weights, "", tail.first_block, torch::kCPU);
    std::vector<torch::Tensor> rows;
    for (std::int64_t frame = 0; frame < set.frame_count(); ++frame) {
      const auto clip = set.clip_of_frame[frame].item<std::int64_t>();
      const bool upper = set.targets[clip].item<std::int64_t>() == 1;
      auto window =
          testing::random_windows(1, clip % 3 == 0 ? 80 : 35, seed * 1000 + static_cast<std::uint64_t>(frame));
      window.narrow(2, upper ? 40 : 0, 12).add_(20);
      rows.push_back(testing::rows_of(*front, window));
    }
    set.features = torch::cat(rows);
    return set;
  }

  training::Outcome outcome() const { return train_quietly(settings, train, validation, 2, options); }

  finetuning::TailStart tail;
  heads::FeatureSet train, validation;
  training::Settings settings;
  training::TrainerOptions options;
};

torch::Tensor all_values(const training::Outcome& outcome) {
  std::vector<torch::Tensor> values;
  for (const auto& [name, tensor] : training::network_state({outcome.head, outcome.tail})) {
    values.push_back(tensor.detach().flatten());
  }
  return torch::cat(values);
}

}  // namespace

TEST_CASE("training a transformer's blocks lowers the loss that training the head reaches", "[training]") {
  const std::int64_t first = GENERATE(1, 3);
  TransformerCase both(first), head(first);
  both.settings.training.epochs = head.settings.training.epochs = 15;
  head.settings.backbone.learning_rate = 0;
  const auto trained = both.outcome(), frozen = head.outcome();
  CHECK(trained.history.back().loss < 0.8 * trained.history.front().loss);
  CHECK(trained.history.back().loss < 0.8 * frozen.history.back().loss);
  const auto names = training::network_state({trained.head, trained.tail});
  CHECK(std::any_of(names.begin(), names.end(),
                    [](const auto& item) { return item.first == "backbone.encoder.blocks.2.attn.qkv.weight"; }));
}

TEST_CASE("training a transformer repeats bit by bit, and so does resuming at every epoch", "[training]") {
  for (const auto& variant : testing::kBackboneVariants) {
    INFO(variant.what);
    TransformerCase each;
    variant.change(each.settings);
    const auto uninterrupted = each.outcome();
    CHECK(torch::equal(all_values(each.outcome()), all_values(uninterrupted)));
    const testing::TempFolder folder;
    each.options.checkpoint = folder / "checkpoint.pt";
    each.options.on_epoch = [](const training::EpochMetrics& metrics) {
      if (metrics.epoch == 2) throw Crash();
    };
    CHECK_THROWS_AS(each.outcome(), Crash);
    each.options.on_epoch = nullptr;
    each.options.resume = true;
    const auto resumed = each.outcome();
    CHECK(torch::equal(all_values(resumed), all_values(uninterrupted)));
    CHECK(resumed.history.back().validation_loss == uninterrupted.history.back().validation_loss);
  }
}

TEST_CASE("two ranks train the transformer that one trains", "[training]") {
  if (!ranks::can_join()) return testing::skip_case("this build has no Gloo");
  TransformerCase each;
  // The keys' offsets have a gradient of zero but for rounding, of which Adam makes full steps.
  each.settings.optimizer.type = config::OptimizerType::sgd;
  const auto alone = each.outcome();
  std::vector<training::Outcome> outcomes(2);
  const auto ended = testing::run_ranks(2, testing::loopback_meeting(), [&](ranks::Group& group) {
    auto own = each.options;
    own.group = &group;
    outcomes[static_cast<std::size_t>(group.rank())] =
        train_quietly(each.settings, each.train, each.validation, 2, own);
  });
  CHECK(ended == std::vector<std::string>(2));
  CHECK(torch::equal(all_values(outcomes[0]), all_values(outcomes[1])));
  CHECK((all_values(outcomes[0]) - all_values(alone)).abs().max().item<double>() < 1e-4);
  CHECK(outcomes[0].history.back().loss == Approx(alone.history.back().loss).margin(1e-4));
}

TEST_CASE("a checkpoint of a transformer with other values is refused", "[training]") {
  const testing::TempFolder folder;
  TransformerCase each;
  each.settings.training.epochs = 1;
  each.options.checkpoint = folder / "checkpoint.pt";
  each.outcome();
  auto weights = *each.tail.weights;
  weights.tensors["encoder.blocks.0.norm1.bias"][3] += 1;
  each.tail.weights = std::make_shared<const weights::Weights>(weights);
  each.options.resume = true;
  CHECK_THROWS_WITH(each.outcome(), Catch::Contains("backbone was trained from"));
}
