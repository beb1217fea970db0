// SPDX-License-Identifier: Apache-2.0
#include "finetuning/cut_backbone.h"
#include "finetuning/network_tail.h"
#include "finetuning/tiny_network.h"
#include "testing/testing.h"
#include "training/backbone_case.h"
#include "training/network.h"
#include "training/synthetic.h"
#include "training/trainer.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace soundfold;
using testing::backbone_settings;
using testing::Crash;
using testing::map_clips;
using testing::small_settings;
using testing::tail_from;
using testing::train_quietly;

namespace {

std::vector<float> outcome_values(const training::Outcome& outcome) {
  std::vector<float> values;
  for (const auto& [name, tensor] : training::network_state({outcome.head, outcome.tail})) {
    const auto flat = tensor.detach().contiguous();
    values.insert(values.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  }
  return values;
}

/// Largest change of a block's parameters, by name of the block.
std::map<std::string, double> changes(const training::Outcome& outcome) {
  std::map<std::string, double> largest;
  finetuning::NetworkTail before(outcome.tail->start());
  const auto now = outcome.tail->named_parameters();
  for (const auto& item : before->named_parameters()) {
    const auto block = item.key().substr(7, 6);  // blocks.layerN
    largest[block] = std::max(largest[block], (now[item.key()] - item.value()).abs().max().item<double>());
  }
  return largest;
}

}  // namespace

TEST_CASE("training the backbone repeats bit by bit, and so does resuming at every epoch", "[training]") {
  const auto train = map_clips(17, 3, 1), validation = map_clips(7, 3, 2);
  const auto tail = tail_from(3);
  for (const auto& variant : testing::kBackboneVariants) {
    INFO(variant.what);
    auto settings = backbone_settings();
    variant.change(settings);
    training::TrainerOptions options;
    options.tail = &tail;
    const auto uninterrupted = train_quietly(settings, train, validation, 2, options);
    CHECK(outcome_values(uninterrupted) == outcome_values(train_quietly(settings, train, validation, 2, options)));
    for (std::int64_t crash = 1; crash < uninterrupted.epochs_run; ++crash) {
      const testing::TempFolder folder;
      options.checkpoint = folder / "checkpoint.pt";
      options.on_epoch = [&](const training::EpochMetrics& metrics) {
        if (metrics.epoch == crash) throw Crash();
      };
      CHECK_THROWS_AS(train_quietly(settings, train, validation, 2, options), Crash);
      options.on_epoch = nullptr;
      options.resume = true;
      const auto resumed = train_quietly(settings, train, validation, 2, options);
      INFO("crash after epoch " << crash);
      CHECK(outcome_values(resumed) == outcome_values(uninterrupted));
      CHECK(resumed.history.back().validation_loss == uninterrupted.history.back().validation_loss);
      options.resume = false;
      options.checkpoint.clear();
    }
  }
}

TEST_CASE("the trained blocks move, slower ones less, and with rate 0 not at all", "[training]") {
  const auto train = map_clips(17, 2, 1);
  const auto tail = tail_from(2);
  training::TrainerOptions options;
  options.tail = &tail;
  auto settings = backbone_settings();
  settings.backbone.train = config::TrainedPart::all;
  settings.optimizer.type = config::OptimizerType::sgd;
  settings.backbone.layer_decay = 0.01;
  const auto moved = changes(train_quietly(settings, train, {}, 2, options));
  CHECK(moved.at("layer4") > 0);
  CHECK(moved.at("layer3") > 0);
  CHECK(moved.at("layer2") > 0);
  CHECK(moved.at("layer3") < 0.2 * moved.at("layer4"));
  CHECK(moved.at("layer2") < 0.2 * moved.at("layer3"));
  settings.backbone.learning_rate = 0;
  for (const auto& [block, change] : changes(train_quietly(settings, train, {}, 2, options))) {
    INFO(block);
    CHECK(change == 0);
  }
}

TEST_CASE("a backbone of rate 0 trains the head that a frozen backbone trains", "[training]") {
  const auto train = map_clips(17, 3, 1), validation = map_clips(7, 3, 2);
  const auto tail = tail_from(3, config::HeadInput::both);
  training::TrainerOptions options;
  options.tail = &tail;
  auto settings = backbone_settings();
  settings.backbone.learning_rate = 0;
  settings.head.input = config::HeadInput::both;
  settings.head.pooling = config::Pooling::mean;
  const auto trained = train_quietly(settings, train, validation, 2, options);
  const finetuning::NetworkTail fixed(tail);
  const auto frozen =
      train_quietly(settings, training::head_features(fixed, train), training::head_features(fixed, validation), 2);
  CHECK(frozen.head->spec().input_size == 8 + 5);
  CHECK(trained.history.back().loss == Approx(frozen.history.back().loss).epsilon(1e-4));
  CHECK(trained.history.back().validation_loss == Approx(frozen.history.back().validation_loss).epsilon(1e-4));
}

TEST_CASE("training the backbone as well lowers the loss that training the head reaches", "[training]") {
  const auto train = map_clips(24, 3, 1);
  const auto tail = tail_from(3);
  training::TrainerOptions options;
  options.tail = &tail;
  auto settings = backbone_settings();
  settings.training.epochs = 30;
  settings.backbone.learning_rate = 0.01;
  const auto both = train_quietly(settings, train, {}, 2, options);
  settings.backbone.learning_rate = 0;
  const auto head = train_quietly(settings, train, {}, 2, options);
  CHECK(both.history.back().loss < 0.8 * head.history.back().loss);
}

TEST_CASE("a checkpoint of another backbone or other rates is refused", "[training]") {
  const testing::TempFolder folder;
  const auto train = map_clips(9, 3, 1);
  const auto tail = tail_from(3);
  training::TrainerOptions options;
  options.tail = &tail;
  options.checkpoint = folder / "checkpoint.pt";
  auto settings = backbone_settings();
  settings.training.epochs = 1;
  train_quietly(settings, train, {}, 2, options);
  options.resume = true;
  auto changed = settings;
  changed.backbone.learning_rate = 0.01;
  CHECK_THROWS_WITH(train_quietly(changed, train, {}, 2, options), Catch::Contains("backbone.learning_rate was 0.005"));
  auto other = tail;
  auto weights = *tail.weights;
  weights.layers.back().beta[0] += 1;
  other.weights = std::make_shared<const weights::Weights>(weights);
  options.tail = &other;
  CHECK_THROWS_WITH(train_quietly(settings, train, {}, 2, options), Catch::Contains("backbone was trained from"));
}
