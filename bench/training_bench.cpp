// SPDX-License-Identifier: Apache-2.0
#include "device/random_streams.h"
#include "device/torch.h"
#include "optimization/optimizer.h"
#include "training/internal/batches.h"
#include "training/internal/objective.h"
#include "training/settings.h"
#include "training/trainer.h"

#include <benchmark/benchmark.h>
#include <dnnl.hpp>

#include <filesystem>

namespace {

using namespace soundfold;

constexpr std::int64_t kBatch = 32, kValues = 1024, kHidden = 512, kClasses = 10;

/// As many clips and frames as the training folds of ESC-10 with one fold for the test: 240 clips of 10 frames.
heads::FeatureSet esc10_sized() {
  constexpr std::int64_t kClips = 240, kFrames = 10;
  heads::FeatureSet set;
  set.features = torch::rand({kClips * kFrames, kValues}, make_generator(torch::kCPU, 1));
  set.clip_of_frame = torch::arange(kClips * kFrames).div(kFrames, "floor").to(torch::kLong);
  set.first_frame = torch::arange(kClips + 1) * kFrames;
  set.targets = torch::arange(kClips) % kClasses;
  set.clip_ids.resize(kClips, "clip");
  return set;
}

/// The matrix products of a step's first layer and nothing else: what a step cannot do without. The second layer's add
/// 1 %.
void training_step_arithmetic(benchmark::State& state) {
  torch::set_num_threads(1);
  const auto x = torch::rand({kBatch, kValues}), gradient = torch::rand({kBatch, kHidden});
  const auto weights = torch::rand({kHidden, kValues});
  auto hidden = torch::empty({kHidden, kBatch}), weights_gradient = torch::empty({kHidden, kValues});
  const auto floats = [](const torch::Tensor& tensor) { return tensor.data_ptr<float>(); };
  for (auto _ : state) {
    dnnl_sgemm('N', 'T', kHidden, kBatch, kValues, 1.0F, floats(weights), kValues, floats(x), kValues, 0.0F,
               floats(hidden), kBatch);
    dnnl_sgemm('T', 'N', kHidden, kValues, kBatch, 1.0F, floats(gradient), kHidden, floats(x), kValues, 0.0F,
               floats(weights_gradient), kValues);
  }
}
BENCHMARK(training_step_arithmetic)->Unit(benchmark::kMicrosecond);

/// Gathering a batch, forward, loss, backward and the optimiser's step for 1024 -> 512 -> 10, batch 32.
void training_step(benchmark::State& state, config::OptimizerType optimizer_type) {
  torch::set_num_threads(1);
  const auto set = esc10_sized();
  heads::Head head(heads::make_head_spec(config::Head(), kValues, kClasses));
  config::Optimizer settings;
  settings.type = optimizer_type;
  optimization::Optimizer optimizer(settings, head->parameters());
  const training::Objective objective{config::Objective()};
  training::Batches batches(set, false, kBatch, false);
  batches.shuffle(make_generator(torch::kCPU, 2));
  std::int64_t number = 0;
  for (auto _ : state) {
    const auto batch = batches.get(number++ % batches.batch_count());
    optimizer.clear_gradients();
    objective.losses(head->frame_logits(batch.frames), batch.targets).mean().backward();
    optimizer.step(1e-4);
  }
}
BENCHMARK_CAPTURE(training_step, adam, config::OptimizerType::adam)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(training_step, sgd, config::OptimizerType::sgd)->Unit(benchmark::kMicrosecond);

/// Adam's step alone, over the 529,930 weights of that head.
void training_adam_only(benchmark::State& state) {
  torch::set_num_threads(1);
  heads::Head head(heads::make_head_spec(config::Head(), kValues, kClasses));
  optimization::Optimizer optimizer(config::Optimizer(), head->parameters());
  for (auto& parameter : head->parameters()) parameter.mutable_grad() = torch::rand_like(parameter);
  for (auto _ : state) optimizer.step(1e-6);
}
BENCHMARK(training_adam_only)->Unit(benchmark::kMicrosecond);

/// Whole trainings of 5 epochs of ESC-10's size (75 steps each); the time per epoch is in the counter.
void training_epochs(benchmark::State& state, config::Pooling pooling, bool checkpoint) {
  torch::set_num_threads(1);
  const auto set = esc10_sized();
  training::Settings settings;
  settings.head.pooling = pooling;
  settings.training.epochs = 5;
  settings.early_stopping.enabled = false;
  training::TrainerOptions options;
  options.progress = false;
  if (checkpoint) options.checkpoint = std::filesystem::temp_directory_path() / "soundfold_bench_checkpoint";
  for (auto _ : state) benchmark::DoNotOptimize(training::train(settings, set, {}, kClasses, options));
  if (checkpoint) std::filesystem::remove(options.checkpoint);
  state.counters["epochs/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * 5), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(training_epochs, frame, config::Pooling::window, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(training_epochs, frame_with_checkpoints, config::Pooling::window, true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(training_epochs, mean, config::Pooling::mean, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(training_epochs, mean_max, config::Pooling::mean_max, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(training_epochs, attention, config::Pooling::attention, false)->Unit(benchmark::kMillisecond);

}  // namespace
