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
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace soundfold;
namespace fs = std::filesystem;

/// The log-mel patches of a clip of 5 s, and where a network puts what it makes of them.
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

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// A clip of 5 s through YAMNet (10 patches) and CED-tiny (501 frames, 124 tokens), alternately, on one thread:
/// medians, and what CED costs beside YAMNet. Values are random: speed does not depend on them.
void clip_of_5_s(benchmark::State& state, const std::string& engine, const std::string& precision) {
  use_one_torch_thread();
  engines::BackboneOptions options;
  options.engine = choice_named<engines::Engine>(engine).value();
  options.precision = choice_named<engines::Precision>(precision).value();
  options.threads = 1;
  std::unique_ptr<engines::Backbone> yamnet, ced;
  try {
    yamnet =
        loaded(weights::testing::random_weights(1, network::kYamnetClasses, 1, network::Activation::relu), options);
    ced = loaded(testing::generated_weights(network::ced_description(network::CedSize::tiny)), options);
  } catch (const UsageError& refusal) {
    state.SkipWithError(refusal.what());
    return;
  }
  Clip of_yamnet(10, 96, *yamnet), of_ced(1, 501, *ced);
  for (int i = 0; i < 3; ++i) of_yamnet.milliseconds(*yamnet), of_ced.milliseconds(*ced);
  std::vector<double> yamnet_ms, ced_ms;
  for (auto _ : state) {
    yamnet_ms.push_back(of_yamnet.milliseconds(*yamnet));
    ced_ms.push_back(of_ced.milliseconds(*ced));
  }
  state.counters["yamnet_ms"] = median(yamnet_ms);
  state.counters["ced_ms"] = median(ced_ms);
  state.counters["ced/yamnet"] = median(ced_ms) / median(yamnet_ms);
}
BENCHMARK_CAPTURE(clip_of_5_s, onednn_float32, "onednn", "float32")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(clip_of_5_s, onednn_bfloat16, "onednn", "bfloat16")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(clip_of_5_s, torchscript_float32, "torchscript", "float32")->Unit(benchmark::kMillisecond);

}  // namespace
