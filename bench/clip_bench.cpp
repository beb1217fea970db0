// SPDX-License-Identifier: Apache-2.0
#include "device/device.h"
#include "support/errors.h"
#include "testing/generated_weights.h"
#include "weights/sample_weights.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace soundfold;
namespace fs = std::filesystem;

/// The log-mel patches of a clip, and where a network puts what it makes of them.
struct Clip {
  std::int64_t patches, frames;
  std::vector<float> log_mel, embeddings, scores;

  Clip(std::int64_t count, std::int64_t of_patch, const engines::Backbone& network)
      : patches(count),
        frames(of_patch),
        embeddings(static_cast<std::size_t>(count * network.embedding_size())),
        scores(static_cast<std::size_t>(count * network.class_count())) {
    const std::int64_t values = patches * frames * network.input().mel_bands;
    for (std::int64_t i = 0; i < values; ++i) {
      log_mel.push_back(static_cast<float>(4 * testing::generated_value(7, static_cast<std::uint64_t>(i))));
    }
  }

  /// CPU milliseconds of one pass: other work on the machine does not stretch them.
  double milliseconds(engines::Backbone& network) {
    const std::clock_t start = std::clock();
    network.run_frames(log_mel.data(), patches, frames, embeddings.data(), scores.data());
    return 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
};

std::unique_ptr<engines::Backbone> loaded(const weights::Weights& weights, const engines::BackboneOptions& options) {
  const fs::path file = fs::temp_directory_path() / ("soundfold_bench_clip_" + std::to_string(::getpid()) + ".pt");
  yamnet::save_module(yamnet::build_module(weights, weights.network.input.patch_hop_frames), weights, file);
  auto network = yamnet::load_backbone(file, options);
  fs::remove(file);
  return network;
}

/// EfficientAT's mn10, values as large as a trained network's maps are.
weights::Weights mn10() {
  weights::Weights made;
  made.network = network::efficientat_description(1);
  const auto values = [](const network::NamedShape& tensor) {
    const bool bias = tensor.shape.size() == 1;
    const double scale = bias ? 0.1 : 1 / std::sqrt(static_cast<double>(tensor.size() / tensor.shape[0]));
    std::vector<float> all;
    const std::uint64_t key = testing::name_key(tensor.name);
    for (std::int64_t i = 0; i < tensor.size(); ++i) {
      all.push_back(static_cast<float>(scale * testing::generated_value(key, static_cast<std::uint64_t>(i))));
    }
    return all;
  };
  for (const auto& tensor : network::named_tensors(made.network)) made.tensors[tensor.name] = values(tensor);
  const std::int64_t classes = made.network.class_count;
  made.classifier_kernel = values({"kernel", {classes, made.network.classifier_inputs()}});
  made.classifier_bias = values({"bias", {classes}});
  made.class_names.assign(static_cast<std::size_t>(classes), "class");
  return made;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// A clip of 5 or 10 s through YAMNet (10 or 20 patches), CED-tiny (501 or 1001 frames) and EfficientAT's mn10 (500 or
/// 1000), alternately, on one thread: medians, and what the others cost beside YAMNet. Values are random: speed does
/// not depend on them. mn10 is left out of bfloat16, which it does not have.
void clip(benchmark::State& state, int seconds, const std::string& engine, const std::string& precision) {
  use_one_torch_thread();
  engines::BackboneOptions options;
  options.engine = choice_named<engines::Engine>(engine).value();
  options.precision = choice_named<engines::Precision>(precision).value();
  options.threads = 1;
  std::unique_ptr<engines::Backbone> yamnet, ced, efficientat;
  try {
    yamnet =
        loaded(weights::testing::random_weights(1, network::kYamnetClasses, 1, network::Activation::relu), options);
    ced = loaded(testing::generated_weights(network::ced_description(network::CedSize::tiny)), options);
    if (options.precision == engines::Precision::float32) efficientat = loaded(mn10(), options);
  } catch (const UsageError& refusal) {
    state.SkipWithError(refusal.what());
    return;
  }
  struct Candidate {
    const char* name;
    engines::Backbone& network;
    Clip clip;
    std::vector<double> milliseconds;
  };
  std::vector<Candidate> all;
  all.push_back({"yamnet", *yamnet, Clip(2 * seconds, 96, *yamnet), {}});
  all.push_back({"ced", *ced, Clip(1, 100 * seconds + 1, *ced), {}});
  if (efficientat) all.push_back({"mn10", *efficientat, Clip(1, 100 * seconds, *efficientat), {}});
  for (int i = 0; i < 3; ++i) {
    for (auto& one : all) one.clip.milliseconds(one.network);
  }
  for (auto _ : state) {
    for (auto& one : all) one.milliseconds.push_back(one.clip.milliseconds(one.network));
  }
  for (const auto& one : all) {
    const std::string name = one.name;
    state.counters[name + "_ms"] = median(one.milliseconds);
    if (name != "yamnet") state.counters[name + "/yamnet"] = median(one.milliseconds) / median(all[0].milliseconds);
  }
}

void clip_of_5_s(benchmark::State& state, const std::string& engine, const std::string& precision) {
  clip(state, 5, engine, precision);
}
void clip_of_10_s(benchmark::State& state, const std::string& engine, const std::string& precision) {
  clip(state, 10, engine, precision);
}
BENCHMARK_CAPTURE(clip_of_5_s, onednn_float32, "onednn", "float32")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(clip_of_5_s, onednn_bfloat16, "onednn", "bfloat16")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(clip_of_5_s, torchscript_float32, "torchscript", "float32")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(clip_of_10_s, onednn_float32, "onednn", "float32")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(clip_of_10_s, torchscript_float32, "torchscript", "float32")->Unit(benchmark::kMillisecond);

}  // namespace
