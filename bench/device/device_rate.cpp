// SPDX-License-Identifier: Apache-2.0
// How fast a device embeds and trains: patches per second by patches per call, training steps per second by head; with
// the stand-in of tests/cuda_standin preloaded also what a training step copies and waits for.
#include "cuda_standin/standin.h"
#include "device/device.h"
#include "device/random_streams.h"
#include "engines/torchscript_engine.h"
#include "training/settings.h"
#include "training/trainer.h"
#include "yamnet/load_backbone.h"

#include <CLI/CLI.hpp>
#include <dlfcn.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace soundfold;

constexpr std::int64_t kClips = 400, kFramesPerClip = 10, kValues = 1024, kClasses = 10;
constexpr std::int64_t kBatch = 32;

struct Arguments {
  std::string device = "auto", weights = "data/yamnet.pt";
  double seconds = 2;
  bool tf32 = false;
};

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The stand-in's counts since the last call; nullptr when it is not there.
standin::Counts (*counts_since_last())() {
  return reinterpret_cast<standin::Counts (*)()>(dlsym(RTLD_DEFAULT, "soundfold_standin_counts"));
}

void measure_backbone(const Arguments& arguments, const torch::Device& device) {
  engines::BackboneOptions options;
  options.device = engines::device_of(device);
  const auto backbone = yamnet::load_backbone(arguments.weights, options);
  for (const std::int64_t count : {1, 16, 64, 256, 1024}) {
    const std::vector<float> patches(static_cast<std::size_t>(count) * 96 * 64, 0.1F);
    std::vector<float> embeddings(static_cast<std::size_t>(count * backbone->embedding_size()));
    std::vector<float> scores(static_cast<std::size_t>(count * backbone->class_count()));
    const auto run_once = [&] { backbone->run(patches.data(), count, embeddings.data(), scores.data()); };
    for (int warm = 0; warm < 3; ++warm) run_once();
    const double start = now_s();
    std::int64_t done = 0;
    for (; now_s() - start < arguments.seconds; done += count) run_once();
    std::printf("%-32s %5lld patches a call %10.1f patches/s\n", backbone->compute_type().text().c_str(),
                static_cast<long long>(count), static_cast<double>(done) / (now_s() - start));
  }
}

heads::FeatureSet made_up_clips() {
  heads::FeatureSet set;
  set.features = torch::rand({kClips * kFramesPerClip, kValues}, make_generator(torch::kCPU, 1));
  set.clip_of_frame = torch::arange(kClips).repeat_interleave(kFramesPerClip);
  set.first_frame = torch::arange(kClips + 1) * kFramesPerClip;
  set.targets = torch::arange(kClips) % kClasses;
  set.clip_ids.resize(kClips, "clip");
  return set;
}

/// Seconds of `epochs` epochs; the first, in which the device warms up, is left out.
double seconds_of(const training::Settings& settings, const heads::FeatureSet& set, const torch::Device& device) {
  training::TrainerOptions options;
  options.device = device;
  options.progress = false;
  double seconds = 0;
  options.on_epoch = [&](const training::EpochMetrics& epoch) { seconds += epoch.epoch > 1 ? epoch.seconds : 0; };
  training::train(settings, set, {}, kClasses, options);
  return seconds;
}

/// What one step copies and waits for: half the batch size makes twice the steps.
void print_copies(training::Settings settings, const heads::FeatureSet& set, const torch::Device& device) {
  auto* counts = counts_since_last();
  if (counts == nullptr) return;
  const auto counted = [&](std::int64_t batch) {
    settings.training.batch_size = batch;
    counts();
    seconds_of(settings, set, device);
    return counts();
  };
  const auto few = counted(2 * kBatch), many = counted(kBatch);
  const auto samples = settings.head.pooling == config::Pooling::window ? kClips * kFramesPerClip : kClips;
  const auto steps_of = [&](std::int64_t batch) { return (samples + batch - 1) / batch * settings.training.epochs; };
  const auto more = static_cast<double>(steps_of(kBatch) - steps_of(2 * kBatch));
  std::printf("  a step: %.2f copies to the device, %.2f to the host, %.2f values asked for, %.2f waits\n",
              static_cast<double>(many.to_device - few.to_device) / more,
              static_cast<double>(many.to_host - few.to_host) / more,
              static_cast<double>(many.scalars - few.scalars) / more,
              static_cast<double>(many.waits - few.waits) / more);
}

void measure_training(const torch::Device& device) {
  const auto set = made_up_clips();
  for (const auto pooling :
       {config::Pooling::window, config::Pooling::mean, config::Pooling::mean_max, config::Pooling::attention}) {
    training::Settings settings;
    settings.head.pooling = pooling;
    settings.training.batch_size = kBatch;
    settings.training.epochs = 6;
    settings.early_stopping.enabled = false;
    const auto samples = pooling == config::Pooling::window ? kClips * kFramesPerClip : kClips;
    const auto steps = (samples + kBatch - 1) / kBatch * (settings.training.epochs - 1);
    std::printf("head 1024-512-10, %-10s batches of %lld %10.1f steps/s\n", name_of(pooling).c_str(),
                static_cast<long long>(kBatch), static_cast<double>(steps) / seconds_of(settings, set, device));
    print_copies(settings, set, device);
  }
}

void run(const Arguments& arguments) {
  use_one_torch_thread();
  const auto device = use_device(arguments.device, arguments.tf32);
  std::printf("device %s (%s), TF32 %s\n", device.str().c_str(), device_reason(arguments.device).c_str(),
              arguments.tf32 ? "allowed" : "off");
  measure_backbone(arguments, device);
  measure_training(device);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("How fast a device embeds and trains, on one thread", "device_rate");
  Arguments arguments;
  app.add_option("--device", arguments.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
  app.add_option("--weights", arguments.weights, "The network")->capture_default_str();
  app.add_option("--seconds", arguments.seconds, "For each number of patches")->capture_default_str();
  app.add_flag("--tf32", arguments.tf32, "Allow TF32");
  CLI11_PARSE(app, argc, argv);
  try {
    run(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "device_rate: %s\n", error.what());
    return 1;
  }
  return 0;
}
