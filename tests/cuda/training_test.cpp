// SPDX-License-Identifier: Apache-2.0
// Training on a CUDA device: the CPU's results, and nothing that waits in the inner loop.
#include "config/experiment.h"
#include "cuda/device.h"
#include "distillation/internal/distillation.h"
#include "engines/torchscript_engine.h"
#include "finetuning/tiny_network.h"
#include "heads/prediction.h"
#include "synthesis/synthesize.h"
#include "testing/testing.h"
#include "training/backbone_case.h"
#include "training/network.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>

#include <string>

using namespace soundfold;
using testing::counts_since_last;
using testing::draws_differ;
using testing::kCuda;
using testing::largest_difference;
using testing::on_standin;
using testing::train_quietly;

namespace {

struct Crash {};

training::TrainerOptions on(const torch::Device& device) {
  training::TrainerOptions options;
  options.device = device;
  return options;
}

torch::Tensor clip_logits(const training::Outcome& outcome, const heads::FeatureSet& features) {
  auto head = outcome.head;
  auto seen = features;
  if (outcome.tail) seen = training::head_features(outcome.tail, features);
  return heads::predict(head, seen).clip_logits;
}

/// Trains on both and compares what the heads say of `train`.
void check_same_on_both(const training::Settings& settings, const heads::FeatureSet& train,
                        const heads::FeatureSet& validation, std::int64_t classes,
                        training::TrainerOptions options = {}) {
  options.device = torch::kCPU;
  const auto here = train_quietly(settings, train, validation, classes, options);
  options.device = kCuda;
  const auto there = train_quietly(settings, train, validation, classes, options);
  CHECK(there.head->parameters().at(0).is_cpu());
  CHECK(here.best_epoch == there.best_epoch);
  const auto logits = clip_logits(here, train);
  const auto allowed = (on_standin() ? 1e-4 : 1e-2) * (1 + logits.abs().max().item<double>());
  CHECK(largest_difference(clip_logits(there, train), logits) < allowed);
}

/// Counts of one training on the stand-in.
standin::Counts counts_of(const training::Settings& settings, const heads::FeatureSet& train,
                          const heads::FeatureSet& validation, std::int64_t classes,
                          training::TrainerOptions options = {}) {
  options.device = kCuda;
  counts_since_last();
  train_quietly(settings, train, validation, classes, options);
  return counts_since_last();
}

}  // namespace

TEST_CASE("a head trained on CUDA is the CPU's", "[cuda]") {
  const auto train = testing::make_clips(29, 5, 3, 1), validation = testing::make_clips(9, 5, 3, 2);
  for (const auto& variant : testing::kTrainingVariants) {
    auto settings = testing::small_settings();
    variant.change(settings);
    if (draws_differ(settings)) continue;
    INFO(variant.what);
    check_same_on_both(settings, train, validation, 3);
  }
  auto settings = testing::small_settings();
  settings.objective.type = config::Loss::binary_cross_entropy;
  check_same_on_both(settings, testing::make_multi_label_clips(29, 5, 3, 1), {}, 3);
}

TEST_CASE("no step of a training on CUDA copies or waits", "[cuda]") {
  if (!on_standin()) return;
  const auto train = testing::make_clips(32, 5, 3, 1), validation = testing::make_clips(9, 5, 3, 2);
  for (const auto& variant : testing::kTrainingVariants) {
    INFO(variant.what);
    auto settings = testing::small_settings();
    variant.change(settings);
    settings.early_stopping.enabled = false;
    settings.training.batch_size = 16;
    const auto few = counts_of(settings, train, validation, 3);
    settings.training.batch_size = 4;  // four times as many steps
    const auto many = counts_of(settings, train, validation, 3);
    CHECK(many.operators > 2 * few.operators);
    CHECK(many.to_device == few.to_device);
    CHECK(many.to_host == few.to_host);
    CHECK(many.scalars == few.scalars);
    CHECK(many.waits == few.waits);
  }
}

TEST_CASE("a training begun on one device goes on on another", "[cuda]") {
  const auto train = testing::make_clips(29, 5, 3, 1), validation = testing::make_clips(9, 5, 3, 2);
  auto settings = testing::small_settings();
  settings.head.pooling = config::Pooling::mean_max;
  settings.training.ema_decay = 0.9;
  const auto unbroken = train_quietly(settings, train, validation, 3);
  for (const auto& [first, second] : {std::pair(torch::Device(torch::kCPU), kCuda), {kCuda, torch::kCPU}}) {
    INFO(first << " to " << second);
    const testing::TempFolder folder;
    auto options = on(first);
    options.checkpoint = folder / "checkpoint.pt";
    options.on_epoch = [](const training::EpochMetrics& metrics) {
      if (metrics.epoch == 2) throw Crash();
    };
    CHECK_THROWS_AS(train_quietly(settings, train, validation, 3, options), Crash);
    auto rest = on(second);
    rest.checkpoint = options.checkpoint;
    rest.resume = true;
    const auto resumed = train_quietly(settings, train, validation, 3, rest);
    CHECK(resumed.epochs_run == unbroken.epochs_run);
    CHECK(largest_difference(clip_logits(resumed, train), clip_logits(unbroken, train)) < 1e-3);
  }
}

TEST_CASE("epochs with features of their own train on CUDA as on the CPU", "[cuda]") {
  const auto train = testing::make_clips(29, 5, 3, 1);
  training::TrainerOptions options;
  options.fresh_features = [&](std::int64_t epoch) { return train.features * (1 + 0.2 * static_cast<double>(epoch)); };
  check_same_on_both(testing::small_settings(), train, {}, 3, options);
}

TEST_CASE("blocks of the backbone trained on CUDA are the CPU's", "[cuda]") {
  const auto train = testing::map_clips(17, 3, 1), validation = testing::map_clips(7, 3, 2);
  const auto tail = testing::tail_from(3);
  training::TrainerOptions options;
  options.tail = &tail;
  for (const auto& variant : testing::kBackboneVariants) {
    auto settings = testing::backbone_settings();
    variant.change(settings);
    if (draws_differ(settings)) continue;
    INFO(variant.what);
    check_same_on_both(settings, train, validation, 2, options);
  }
}

TEST_CASE("training every block differs on CUDA by rounding that grows, as it does on the CPU", "[cuda]") {
  const auto train = testing::map_clips(17, 1, 1);
  const auto tail = testing::tail_from(1);
  auto settings = testing::backbone_settings();
  settings.backbone.train = config::TrainedPart::all;
  settings.training.batch_size = 4;
  training::TrainerOptions options;
  options.tail = &tail;
  const auto here = clip_logits(train_quietly(settings, train, {}, 2, options), train);
  auto rounded = train;  // in their last bit
  rounded.features = train.features * (1 + 1e-7 * torch::randn_like(train.features));
  const auto growth = largest_difference(clip_logits(train_quietly(settings, rounded, {}, 2, options), train), here);
  options.device = kCuda;
  const auto apart = largest_difference(clip_logits(train_quietly(settings, train, {}, 2, options), train), here);
  INFO("inputs rounded otherwise: " << growth << ", CUDA: " << apart);
  CHECK(growth > 0);
  CHECK(apart < 30 * growth + 1e-5);
}

TEST_CASE("a student distilled on CUDA is the CPU's", "[cuda]") {
  const testing::TempFolder folder;
  const auto weights = testing::tiny_network(31);
  yamnet::save_module(yamnet::build_module(weights), weights, folder / "teacher.pt");
  config::Experiment experiment;
  experiment.program = config::Program::distiller;
  experiment.student.width = 1;
  experiment.distillation.crops = 24;
  experiment.distillation.validation_share = 0.25;
  experiment.distillation.validation_crops = 8;
  experiment.training.epochs = 2;
  experiment.training.batch_size = 8;
  distillation::SoundOptions sounds;
  sounds.synthetic_clips = 6;
  sounds.synthetic = [](std::int64_t number) { return synthesis::numbered_sound(number, 0).waveform; };
  const auto gathered = distillation::gather_sounds(sounds);
  std::vector<weights::Weights> students;
  for (const auto& device : {torch::Device(torch::kCPU), kCuda}) {
    engines::BackboneOptions how;
    how.engine = engines::Engine::torchscript;
    how.device = engines::device_of(device);
    const auto teacher = yamnet::load_backbone(folder / "teacher.pt", how);
    CHECK(teacher->compute_type().device == engines::device_of(device).kind);
    distillation::DistillOptions options;
    options.device = device;
    options.progress = false;
    students.push_back(distillation::distill(experiment, gathered, *teacher, weights, options).weights);
  }
  const auto patches = testing::random_patches(4, 2);
  const auto [here, here_scores] = testing::module_outputs(students[0], patches);
  const auto [there, there_scores] = testing::module_outputs(students[1], patches);
  CHECK(largest_difference(here, there) < (on_standin() ? 1e-3 : 1e-1));
  CHECK(largest_difference(here_scores, there_scores) < (on_standin() ? 1e-3 : 1e-1));
}
