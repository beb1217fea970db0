// SPDX-License-Identifier: Apache-2.0
#include "ranks/ranks_of_threads.h"
#include "testing/testing.h"
#include "training/backbone_case.h"
#include "training/network.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <functional>

using namespace soundfold;
using testing::backbone_settings;
using testing::Crash;
using testing::map_clips;
using testing::tail_from;
using testing::train_quietly;

namespace {

/// How far weights and losses may be from those of one rank: sums of the gradients have another order, which steps of
/// the optimiser carry on.
constexpr double kTolerance = 1e-4;

struct Case {
  training::Settings settings = backbone_settings();
  heads::FeatureSet train = map_clips(17, 3, 1), validation = map_clips(7, 3, 2);
  finetuning::TailStart tail = tail_from(3);
  training::TrainerOptions options;

  Case() { options.tail = &tail; }
  training::Outcome alone() const { return train_quietly(settings, train, validation, 2, options); }

  /// The outcome of every rank; `change` is applied to each one's options.
  std::vector<training::Outcome> ranked(
      int size, const std::function<void(int rank, training::TrainerOptions&)>& change = {}) const {
    std::vector<training::Outcome> outcomes(static_cast<std::size_t>(size));
    const auto ended = testing::run_ranks(size, testing::loopback_meeting(), [&](ranks::Group& group) {
      auto own = options;
      own.group = &group;
      if (change) change(group.rank(), own);
      outcomes[static_cast<std::size_t>(group.rank())] = train_quietly(settings, train, validation, 2, own);
    });
    CHECK(ended == std::vector<std::string>(static_cast<std::size_t>(size)));
    return outcomes;
  }
};

torch::Tensor values(const training::Outcome& outcome) {
  std::vector<torch::Tensor> all;
  for (const auto& [name, tensor] : training::network_state({outcome.head, outcome.tail})) {
    all.push_back(tensor.detach().to(torch::kFloat64).flatten());
  }
  return torch::cat(all);
}

void check_near(const training::Outcome& one, const training::Outcome& other) {
  CHECK((values(one) - values(other)).abs().max().item<double>() < kTolerance);
  REQUIRE(one.history.size() == other.history.size());
  for (std::size_t epoch = 0; epoch < one.history.size(); ++epoch) {
    CHECK(std::abs(one.history[epoch].loss - other.history[epoch].loss) < kTolerance);
    CHECK(std::abs(one.history[epoch].validation_loss - other.history[epoch].validation_loss) < kTolerance);
    CHECK(one.history[epoch].accuracy == other.history[epoch].accuracy);
  }
}

bool cannot_talk() {
  if (!ranks::can_join()) testing::skip_case("this build has no Gloo");
  return !ranks::can_join();
}

}  // namespace

TEST_CASE("ranks train what one trains, all of them the same, and repeat bit by bit", "[training]") {
  if (cannot_talk()) return;
  for (const auto& variant : testing::kBackboneVariants) {
    INFO(variant.what);
    Case each;
    variant.change(each.settings);
    const auto alone = each.alone();
    for (const int size : {2, 3}) {
      const auto outcomes = each.ranked(size), again = each.ranked(size);
      check_near(outcomes[0], alone);
      for (const auto& outcome : outcomes) CHECK(torch::equal(values(outcome), values(outcomes[0])));
      CHECK(torch::equal(values(again[0]), values(outcomes[0])));
    }
  }
}

TEST_CASE("the first batch's loss is that of one rank exactly: only gradients are summed in another order",
          "[training]") {
  if (cannot_talk()) return;
  Case one_batch;
  one_batch.settings.training.batch_size = 64;
  one_batch.settings.training.epochs = 1;
  one_batch.settings.head.normalization = config::Normalization::batch;
  one_batch.settings.head.hidden = {8};
  one_batch.settings.head.dropout = 0.5;
  CHECK(one_batch.ranked(2)[1].history[0].loss == one_batch.alone().history[0].loss);
}

TEST_CASE("early stopping ends all ranks in the same epoch", "[training]") {
  if (cannot_talk()) return;
  Case stopped;
  stopped.settings.training.epochs = 30;
  stopped.settings.early_stopping.enabled = true;
  stopped.settings.early_stopping.patience = 1;
  stopped.settings.early_stopping.monitor = config::Metric::validation_loss;
  stopped.settings.optimizer.learning_rate = 0.2;
  const auto outcomes = stopped.ranked(2);
  CHECK(outcomes[0].stopped_early);
  CHECK(outcomes[1].stopped_early);
  CHECK(outcomes[0].epochs_run == outcomes[1].epochs_run);
  CHECK(outcomes[0].best_epoch == outcomes[1].best_epoch);
}

TEST_CASE("what ranks saved is resumed by as many bit by bit, and by more or fewer", "[training]") {
  if (cannot_talk()) return;
  Case each;
  const auto uninterrupted = each.ranked(2);
  const testing::TempFolder folder;
  each.options.checkpoint = folder / "checkpoint.pt";
  const auto crashing = testing::run_ranks(2, testing::loopback_meeting(), [&](ranks::Group& group) {
    auto own = each.options;
    own.group = &group;
    own.on_epoch = [](const training::EpochMetrics& metrics) {
      if (metrics.epoch == 2) throw DataError("crash");
    };
    train_quietly(each.settings, each.train, each.validation, 2, own);
  });
  CHECK(crashing[0] == "crash");
  const auto saved = folder / "saved.pt";
  std::filesystem::copy_file(each.options.checkpoint, saved);
  each.options.resume = true;
  // The others need not see the checkpoint.
  const auto hidden = [](int rank, training::TrainerOptions& own) {
    if (rank > 0) own.checkpoint = "elsewhere/checkpoint.pt";
  };
  CHECK(torch::equal(values(each.ranked(2, hidden)[1]), values(uninterrupted[0])));
  for (const int size : {1, 3}) {
    std::filesystem::copy_file(saved, each.options.checkpoint, std::filesystem::copy_options::overwrite_existing);
    check_near(size == 1 ? each.alone() : each.ranked(size, hidden)[0], uninterrupted[0]);
  }
}

TEST_CASE("ranks with other data or settings are refused, naming the rank and what differs", "[training]") {
  if (cannot_talk()) return;
  const testing::TempFolder folder;
  Case each;
  const auto other = map_clips(17, 3, 5);
  const auto ended = testing::run_ranks(2, testing::loopback_meeting(), [&](ranks::Group& group) {
    auto own = each.options;
    own.group = &group;
    own.checkpoint = folder / "checkpoint.pt";
    train_quietly(each.settings, group.rank() == 1 ? other : each.train, each.validation, 2, own);
  });
  for (const auto& text : ended)
    CHECK_THAT(text, Catch::Contains("rank 1 has another training than rank 0: 'training data"));
}
