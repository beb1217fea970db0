// SPDX-License-Identifier: Apache-2.0
#include "training/trainer.h"

#include "heads/prediction.h"
#include "support/errors.h"
#include "training/internal/objective.h"
#include "training/synthetic.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using testing::make_clips;
using testing::small_settings;
using testing::train_quietly;

TEST_CASE("every kind of head learns separable clips completely", "[training]") {
  const auto train = make_clips(60, 6, 3, 1);
  const auto validation = make_clips(30, 6, 3, 2);
  for (const std::string pooling : {"window", "mean", "mean_max", "attention"}) {
    for (const std::string normalization : {"none", "layer", "batch"}) {
      auto settings = small_settings();
      settings.head.pooling = choice_named<config::Pooling>(pooling).value();
      settings.head.normalization = choice_named<config::Normalization>(normalization).value();
      settings.training.epochs = 30;
      settings.early_stopping.enabled = false;
      auto outcome = train_quietly(settings, train, validation, 3);
      INFO(pooling << " " << normalization);
      CHECK(outcome.epochs_run == 30);
      CHECK(outcome.history.back().validation_clip_accuracy == 1);
      const auto predicted = heads::predict(outcome.head, validation);
      CHECK(training::fraction_right(predicted.clip_logits, validation.targets).item<double>() == 1);
      CHECK_FALSE(outcome.head->is_training());
    }
  }
}

TEST_CASE("a linear head, other objectives and optimizers learn them too", "[training]") {
  const auto train = make_clips(60, 6, 3, 1);
  for (const std::string objective : {"cross_entropy", "focal", "binary_cross_entropy"}) {
    for (const std::string optimizer : {"adam", "adamw", "sgd"}) {
      auto settings = small_settings();
      settings.head.hidden = {};
      settings.objective.type = choice_named<config::Loss>(objective).value();
      settings.optimizer.type = choice_named<config::OptimizerType>(optimizer).value();
      settings.optimizer.learning_rate = 0.05;
      settings.training.epochs = 30;
      settings.early_stopping.enabled = false;
      INFO(objective << " " << optimizer);
      CHECK(train_quietly(settings, train, {}, 3).history.back().accuracy == 1);
    }
  }
}

TEST_CASE("multi-label clips are learned with binary cross entropy", "[training]") {
  // Which clips carry a second label cannot be seen in the features, the first can: 3 of 4 decisions at least.
  auto settings = small_settings();
  settings.objective.type = config::Loss::binary_cross_entropy;
  settings.training.epochs = 20;
  const auto clips = testing::make_multi_label_clips(60, 6, 4, 1);
  const auto outcome = train_quietly(settings, clips, clips, 4);
  CHECK(outcome.history.back().validation_accuracy > 0.85);
  CHECK(outcome.history.back().validation_clip_accuracy > 0.85);
}

TEST_CASE("the loss of an epoch is the mean over samples, the last small batch included", "[training]") {
  // With a rate of 0 the weights stay, so the epoch's loss must be that of the head over all frames.
  auto settings = small_settings();
  settings.optimizer.learning_rate = 0;
  settings.training.epochs = 1;
  const auto clips = make_clips(13, 4, 3, 1);
  auto outcome = train_quietly(settings, clips, clips, 3);
  const auto targets = clips.targets.index_select(0, clips.clip_of_frame);
  const auto logits = heads::predict(outcome.head, clips).frame_logits;
  const auto loss = torch::nll_loss(torch::log_softmax(logits, 1), targets).item<double>();
  CHECK(outcome.history[0].loss == Approx(loss).epsilon(1e-5));
  CHECK(outcome.history[0].validation_loss == Approx(loss).epsilon(1e-5));
  CHECK(outcome.history[0].accuracy == training::fraction_right(logits, targets).item<double>());
  CHECK(outcome.history[0].accuracy == outcome.history[0].validation_accuracy);
}

TEST_CASE("the state of the best epoch is kept, or the last on request", "[training]") {
  auto settings = small_settings();
  settings.optimizer.learning_rate = 0.5;  // too high on purpose: later epochs get worse
  settings.training.epochs = 12;
  settings.early_stopping.enabled = false;
  settings.early_stopping.monitor = config::Metric::validation_loss;
  const auto train = make_clips(40, 4, 3, 1);
  const auto validation = make_clips(20, 4, 3, 2);
  auto best = train_quietly(settings, train, validation, 3);
  settings.early_stopping.restore_best = false;
  auto last = train_quietly(settings, train, validation, 3);
  REQUIRE(best.best_epoch < best.epochs_run);
  const auto loss_of = [&](training::Outcome& outcome) {
    const auto logits = heads::predict(outcome.head, validation).frame_logits;
    const auto targets = validation.targets.index_select(0, validation.clip_of_frame);
    return torch::nll_loss(torch::log_softmax(logits, 1), targets).item<double>();
  };
  const auto& row = best.history[static_cast<std::size_t>(best.best_epoch - 1)];
  CHECK(row.best);
  CHECK(loss_of(best) == Approx(row.validation_loss).epsilon(1e-5));
  CHECK(loss_of(last) == Approx(last.history.back().validation_loss).epsilon(1e-5));
  for (const auto& other : best.history) CHECK(other.validation_loss >= row.validation_loss);
}

TEST_CASE("training stops early when the monitored value stalls", "[training]") {
  auto settings = small_settings();
  settings.optimizer.learning_rate = 0;
  settings.training.epochs = 50;
  settings.early_stopping.patience = 3;
  settings.early_stopping.monitor = config::Metric::validation_loss;
  const auto clips = make_clips(20, 4, 3, 1);
  const auto outcome = train_quietly(settings, clips, clips, 3);
  CHECK(outcome.stopped_early);
  CHECK(outcome.epochs_run == 4);
  CHECK(outcome.best_epoch == 1);
}

TEST_CASE("with a moving average the averaged weights are judged and kept", "[training]") {
  auto settings = small_settings();
  settings.training.ema_decay = 0.999;
  settings.training.epochs = 1;
  const auto clips = make_clips(20, 4, 3, 1);
  auto averaged = train_quietly(settings, clips, clips, 3);
  settings.training.ema_decay = 0;
  auto plain = train_quietly(settings, clips, clips, 3);
  CHECK(averaged.history[0].loss == plain.history[0].loss);
  CHECK(averaged.history[0].validation_loss != plain.history[0].validation_loss);
  CHECK(testing::values_of(averaged.head) != testing::values_of(plain.head));
}

TEST_CASE("the state of LibTorch's default generator does not matter", "[training]") {
  torch::manual_seed(3);
  const auto expected = torch::rand({4});
  auto settings = small_settings();
  settings.head.dropout = 0.3;
  settings.augmentation.noise_std = 0.1;
  const auto clips = make_clips(20, 4, 3, 1);
  auto first = train_quietly(settings, clips, {}, 3);
  torch::manual_seed(99);
  auto second = train_quietly(settings, clips, {}, 3);
  CHECK(testing::values_of(first.head) == testing::values_of(second.head));
  torch::manual_seed(3);
  CHECK(torch::equal(torch::rand({4}), expected));
}

TEST_CASE("seeds matter", "[training]") {
  auto settings = small_settings();
  const auto clips = make_clips(20, 4, 3, 1);
  auto first = train_quietly(settings, clips, {}, 3);
  settings.seed = 8;
  auto second = train_quietly(settings, clips, {}, 3);
  CHECK(testing::values_of(first.head) != testing::values_of(second.head));
}

TEST_CASE("metrics go by their names", "[training]") {
  training::EpochMetrics metrics;
  metrics.loss = 1, metrics.accuracy = 2;
  metrics.validation_loss = 3, metrics.validation_accuracy = 4, metrics.validation_clip_accuracy = 5;
  double expected = 0;
  for (const auto which : {config::Metric::loss, config::Metric::accuracy, config::Metric::validation_loss,
                           config::Metric::validation_accuracy, config::Metric::validation_clip_accuracy}) {
    CHECK(training::metric(metrics, which) == ++expected);
  }
}

TEST_CASE("a bias before a batch norm stays where it was", "[training]") {
  auto settings = testing::small_settings();
  settings.head.hidden = {8, 6};
  settings.head.normalization = config::Normalization::batch;
  const auto outcome = testing::train_quietly(settings, testing::make_clips(29, 5, 3, 1), {}, 3);
  CHECK(outcome.head->linears()[0]->bias.abs().max().item<float>() == 0);
  CHECK(outcome.head->linears()[1]->bias.abs().max().item<float>() == 0);
  CHECK(outcome.head->linears()[2]->bias.abs().max().item<float>() > 0);
}
