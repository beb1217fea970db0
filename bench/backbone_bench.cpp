// SPDX-License-Identifier: Apache-2.0
#include "device/device.h"
#include "device/torch.h"
#include "support/errors.h"
#include "weights/sample_weights.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <benchmark/benchmark.h>
#include <dnnl.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace {

using namespace soundfold;
namespace fs = std::filesystem;

/// Of one patch: 69,165,056 multiply-accumulates (docs/yamnet.md).
constexpr double kPatchOperations = 2 * 69'165'056.0;
constexpr std::int64_t kPatchValues = 96 * 64;
constexpr std::int64_t kClasses = 521;

/// A yamnet.pt of YAMNet's size with random values and int8 arithmetic: speed does not depend on them.
class SampleNetwork {
 public:
  SampleNetwork() : file_(fs::temp_directory_path() / ("soundfold_bench_" + std::to_string(::getpid()) + ".pt")) {
    auto weights = weights::testing::random_weights(1, kClasses, 1, network::Activation::relu6);
    weights.quantization = weights::testing::working_quantization(weights, 2);
    yamnet::save_module(yamnet::build_module(weights), weights, file_);
  }
  ~SampleNetwork() {
    std::error_code ignored;
    fs::remove(file_, ignored);
  }
  SampleNetwork(const SampleNetwork&) = delete;
  SampleNetwork& operator=(const SampleNetwork&) = delete;

  std::unique_ptr<engines::Backbone> load(const std::string& engine, const std::string& precision) const {
    engines::BackboneOptions options;
    options.engine = choice_named<engines::Engine>(engine).value();
    options.precision = choice_named<engines::Precision>(precision).value();
    options.threads = 1;
    return yamnet::load_backbone(file_, options);
  }

 private:
  fs::path file_;
};

/// A runner of its own for every thread of a benchmark, of one network loaded once.
std::unique_ptr<engines::Backbone> runner(const std::string& engine, const std::string& precision) {
  static const SampleNetwork network;
  static std::map<std::string, std::unique_ptr<engines::Backbone>> loaded;
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  auto& backbone = loaded[engine + precision];
  if (!backbone) backbone = network.load(engine, precision);
  return backbone->share();
}

/// CPU seconds of this process, which other work on the machine does not stretch; for several threads real seconds.
double seconds_now(bool several_threads) {
  if (!several_threads) return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The best of five tries at `operations` floating-point (or integer) operations, in operations per second.
template <typename Work>
double rate(double operations, Work work) {
  work();
  double best = 0;
  for (int i = 0; i < 5; ++i) {
    const double start = seconds_now(false);
    for (int again = 0; again < 10; ++again) work();
    best = std::max(best, 10 * operations / (seconds_now(false) - start));
  }
  return best;
}

constexpr dnnl_dim_t kSide = 768;
constexpr double kProductOperations = 2.0 * kSide * kSide * kSide;

/// What oneDNN's matrix product of one thread does, measured in this run.
double sgemm_rate() {
  static const double measured = [] {
    const std::vector<float> a(kSide * kSide, 0.5F), b(kSide * kSide, 0.25F);
    std::vector<float> c(kSide * kSide);
    return rate(kProductOperations, [&] {
      dnnl_sgemm('N', 'N', kSide, kSide, kSide, 1.0F, a.data(), kSide, b.data(), kSide, 0.0F, c.data(), kSide);
    });
  }();
  return measured;
}

/// The same for products of uint8 and int8.
double int8_gemm_rate() {
  static const double measured = [] {
    const std::vector<std::uint8_t> a(kSide * kSide, 3);
    const std::vector<std::int8_t> b(kSide * kSide, -2);
    std::vector<std::int32_t> c(kSide * kSide);
    const std::int32_t offset = 0;
    return rate(kProductOperations, [&] {
      dnnl_gemm_u8s8s32('N', 'N', 'F', kSide, kSide, kSide, 1.0F, a.data(), kSide, 0, b.data(), kSide, 0, 0.0F,
                        c.data(), kSide, &offset);
    });
  }();
  return measured;
}

void report(benchmark::State& state, const std::string& precision, double seconds) {
  const double patches_per_s = static_cast<double>(state.iterations() * state.range(0)) / seconds;
  using benchmark::Counter;
  state.counters["patches/s"] = Counter(patches_per_s);
  state.counters["of_sgemm"] = Counter(patches_per_s * kPatchOperations / sgemm_rate(), Counter::kAvgThreads);
  if (precision != "int8") return;
  state.counters["of_int8_gemm"] = Counter(patches_per_s * kPatchOperations / int8_gemm_rate(), Counter::kAvgThreads);
}

/// The network on `state.range(0)` patches a call, each thread with a runner of its own.
void backbone(benchmark::State& state, const std::string& engine, const std::string& precision) {
  use_one_torch_thread();
  sgemm_rate();
  int8_gemm_rate();
  std::unique_ptr<engines::Backbone> network;
  try {
    network = runner(engine, precision);
  } catch (const UsageError& refusal) {
    state.SkipWithError(refusal.what());
    return;
  }
  const std::int64_t count = state.range(0);
  const torch::Tensor patches = torch::rand({count, kPatchValues}) * 12 - 7;
  std::vector<float> embeddings(static_cast<std::size_t>(count * network->embedding_size()));
  std::vector<float> scores(static_cast<std::size_t>(count * network->class_count()));
  network->run(patches.data_ptr<float>(), count, embeddings.data(), scores.data());
  const bool several = state.threads() > 1;
  const double start = seconds_now(several);
  for (auto _ : state) network->run(patches.data_ptr<float>(), count, embeddings.data(), scores.data());
  report(state, precision, seconds_now(several) - start);
}

/// One thread with batches from one patch up; two threads with the batch that suits.
void settings(benchmark::internal::Benchmark* bench) {
  bench->Unit(benchmark::kMillisecond);
  for (const int count : {1, 4, 8, 16, 32, 64}) bench->Arg(count);
}
void two_threads(benchmark::internal::Benchmark* bench) {
  bench->Unit(benchmark::kMillisecond)->UseRealTime()->Arg(16)->Threads(2);
}
BENCHMARK_CAPTURE(backbone, onednn_float32, "onednn", "float32")->Apply(settings);
BENCHMARK_CAPTURE(backbone, onednn_bfloat16, "onednn", "bfloat16")->Apply(settings);
BENCHMARK_CAPTURE(backbone, onednn_int8, "onednn", "int8")->Apply(settings);
BENCHMARK_CAPTURE(backbone, torchscript_float32, "torchscript", "float32")->Apply(settings);
BENCHMARK_CAPTURE(backbone, onednn_float32, "onednn", "float32")->Apply(two_threads);
BENCHMARK_CAPTURE(backbone, onednn_bfloat16, "onednn", "bfloat16")->Apply(two_threads);
BENCHMARK_CAPTURE(backbone, onednn_int8, "onednn", "int8")->Apply(two_threads);
BENCHMARK_CAPTURE(backbone, torchscript_float32, "torchscript", "float32")->Apply(two_threads);

/// Reading a yamnet.pt, checking it, and the first patch: what a program waits for before it can answer. oneDNN keeps
/// compiled kernels within a process, so the very first time takes longer than the mean shown here.
void backbone_first_patch(benchmark::State& state, const std::string& engine, const std::string& precision) {
  use_one_torch_thread();
  static const SampleNetwork network;
  const torch::Tensor patch = torch::rand({1, kPatchValues}) * 12 - 7;
  std::vector<float> embeddings(1024);
  std::vector<float> scores(kClasses);
  try {
    for (auto _ : state) {
      network.load(engine, precision)->run(patch.data_ptr<float>(), 1, embeddings.data(), scores.data());
    }
  } catch (const UsageError& refusal) {
    state.SkipWithError(refusal.what());
  }
}
BENCHMARK_CAPTURE(backbone_first_patch, onednn_float32, "onednn", "float32")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(backbone_first_patch, onednn_int8, "onednn", "int8")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(backbone_first_patch, torchscript_float32, "torchscript", "float32")->Unit(benchmark::kMillisecond);

}  // namespace
