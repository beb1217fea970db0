// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/layer1_windows.h"
#include "engines/internal/onednn_runner.h"
#include "engines/onednn_engine.h"
#include "primitives/memory.h"
#include "primitives/onednn_api.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/processor.h"
#include "testing/testing.h"
#include "weights/sample_weights.h"
#include "weights/weights.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>
#include <dnnl.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>

using namespace soundfold;
using namespace soundfold::yamnet;
using namespace soundfold::weights;
using namespace soundfold::engines;
using namespace soundfold::weights::testing;

namespace {

struct RunnerOutputs {
  std::vector<float> embeddings, scores;
};

RunnerOutputs run_network(onednn::Runner& runner, const Weights& weights, const torch::Tensor& patches) {
  const auto count = static_cast<std::size_t>(patches.size(0));
  RunnerOutputs outputs{std::vector<float>(count * static_cast<std::size_t>(weights.embedding_size())),
                        std::vector<float>(count * static_cast<std::size_t>(weights.class_count()))};
  runner.run(patches.data_ptr<float>(), patches.size(0), outputs.embeddings.data(), outputs.scores.data());
  return outputs;
}

RunnerOutputs run_network(const Weights& weights, Precision precision, const torch::Tensor& patches) {
  onednn::Runner runner(std::make_shared<onednn::Shared>(weights, precision));
  return run_network(runner, weights, patches);
}

torch::Tensor noise_patches(std::int64_t count) {
  torch::manual_seed(11);
  return torch::rand({count, 1, 96, 64}) * 12 - 7;
}

torch::Tensor tensor_of(const std::vector<float>& values, std::int64_t rows) {
  return torch::tensor(values).reshape({rows, -1});
}

/// Lowest cosine of the rows of two matrices.
float lowest_cosine(const torch::Tensor& a, const torch::Tensor& b) {
  return torch::cosine_similarity(a, b, 1).min().item<float>();
}

/// Otherwise it says why not, and the test ends.
bool runs_here() {
  const auto problem = onednn_unavailable_reason();
  if (!problem.empty()) WARN("not tested here: " << problem);
  return problem.empty();
}

bool processor_has(Precision precision) {
  const std::string unsupported = missing_cpu_features(precision);
  if (!unsupported.empty()) WARN(name_of(precision) << " not tested: " << unsupported);
  return unsupported.empty();
}

}  // namespace

TEST_CASE("oneDNN 3 is left out exactly where the processor's caches are hidden", "[engines]") {
  const std::filesystem::path processor = "/sys/devices/system/cpu/cpu0";
  if (!std::filesystem::exists(processor)) return;
  const bool hidden = !std::filesystem::exists(processor / "cache/index0");  // as the kernel sees it
  CHECK(onednn_processor_problem().empty() == !(dnnl::version()->major >= 3 && hidden));
}

TEST_CASE("a folded batch norm does what the batch norm did", "[engines]") {
  const Weights weights = random_weights(16, 3, 2, network::Activation::relu);
  const network::LayerValues& layer = weights.layers[2];
  const network::FoldedLayer folded = weights.folded(2);
  const auto in = static_cast<std::size_t>(weights.network.layers[2].in_channels);
  for (std::size_t o = 0; o < layer.beta.size(); ++o) {
    double plain = 0;
    double direct = folded.bias[o];
    for (std::size_t i = 0; i < in; ++i) {
      const double x = std::sin(static_cast<double>(i));
      plain += layer.kernel[o * in + i] * x;
      direct += folded.kernel[o * in + i] * x;
    }
    const double expected = (plain - layer.mean[o]) / std::sqrt(layer.variance[o] + 1e-4) + layer.beta[o];
    CHECK(direct == Approx(expected).margin(1e-6));
  }
}

TEST_CASE("layer1's windows are the 3x3 neighbourhoods of SAME padding", "[engines]") {
  const int stride = GENERATE(1, 2);
  const network::Layer layer1{"layer1", network::LayerKind::full, 3, stride, 1, 1};
  Layer1Windows<float> windows(layer1, {1, 96, 64}, -1.0F);
  for (std::int64_t r = 0; r < 96; ++r) {
    for (std::int64_t c = 0; c < 64; ++c) windows.row(r)[c] = static_cast<float>(100 * r + c);
  }
  const std::int64_t rows = layer1.convolved(96);
  const std::int64_t columns = layer1.convolved(64);
  CHECK(rows == 96 / stride);
  CHECK(columns == 64 / stride);
  std::vector<float> written(static_cast<std::size_t>(rows * columns * kWindowValues));
  CHECK(windows.write(written.data()) == written.data() + written.size());
  const std::int64_t before = stride == 1 ? 1 : 0;
  bool right = true;
  for (std::int64_t i = 0; i < rows * columns * 12; ++i) {
    if (i % 4 == 3) continue;
    const std::int64_t r = i / 12 / columns * stride - before + i % 12 / 4;
    const std::int64_t c = i / 12 % columns * stride - before + i % 4;
    const bool outside = r < 0 || r >= 96 || c < 0 || c >= 64;
    right = right && written[static_cast<std::size_t>(i)] == (outside ? -1.0F : static_cast<float>(100 * r + c));
  }
  CHECK(right);
  CHECK(window_kernels<float>({1, 2, 3, 4, 5, 6, 7, 8, 9}) == std::vector<float>{1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0});
}

TEST_CASE("oneDNN in float32 computes what the module does, for any width", "[engines]") {
  if (!runs_here()) return;
  const auto activation = GENERATE(network::Activation::relu, network::Activation::relu6);
  for (const Weights& weights :
       {random_weights(odd_network(), 13, 4, activation), random_weights(4, 11, 5, activation)}) {
    INFO(weights.embedding_size() << " channels, " << network::activation_name(activation));
    const torch::Tensor patches = noise_patches(19);
    const RunnerOutputs outputs = run_network(weights, Precision::float32, patches);
    auto module = build_module(weights);
    const auto expected = module.get_method("embed")({patches}).toTuple();
    const torch::Tensor embeddings = expected->elements()[0].toTensor();
    CHECK(torch::allclose(tensor_of(outputs.embeddings, 19), embeddings, 1e-5, 1e-5));
    CHECK(torch::allclose(tensor_of(outputs.scores, 19), expected->elements()[1].toTensor(), 1e-5, 1e-5));
    CHECK(embeddings.max().item<float>() > 0.1F);
  }
}

TEST_CASE("oneDNN in bfloat16 stays close to float32, for any width", "[engines]") {
  if (!processor_has(Precision::bfloat16)) return;
  for (const Weights& weights : {random_weights(odd_network(), 13, 4, network::Activation::relu6),
                                 random_weights(2, 11, 5, network::Activation::relu)}) {
    const torch::Tensor patches = noise_patches(5);
    const RunnerOutputs exact = run_network(weights, Precision::float32, patches);
    const RunnerOutputs rounded = run_network(weights, Precision::bfloat16, patches);
    CHECK(lowest_cosine(tensor_of(exact.embeddings, 5), tensor_of(rounded.embeddings, 5)) > 0.999F);
    CHECK(torch::allclose(tensor_of(exact.scores, 5), tensor_of(rounded.scores, 5), 0, 0.05));
    CHECK(exact.embeddings != rounded.embeddings);
  }
}

TEST_CASE("taps give the same maps' means and maxima as the module", "[engines]") {
  if (!runs_here()) return;
  const soundfold::testing::TempFolder folder;
  const Weights weights = random_weights(odd_network(), 13, 4, network::Activation::relu6);
  save_module(build_module(weights), weights, folder / "yamnet.pt");
  BackboneOptions options;
  options.taps = {1, 8, 13};
  const torch::Tensor patches = noise_patches(18);
  auto module = build_module(weights, 48, options.taps);
  const auto expected = module.get_method("embed")({patches}).toTuple();
  for (const Engine engine : {Engine::onednn, Engine::torchscript}) {
    options.engine = engine;
    const auto backbone = load_backbone(folder / "yamnet.pt", options);
    CHECK(backbone->embedding_parts() == std::vector<std::int64_t>{79, 3, 3, 40, 40, 79, 79});
    CHECK(backbone->embedding_size() == 323);
    CHECK(backbone->weights_digest() == tensors_digest(module));
    torch::Tensor rows = torch::zeros({18, 323});
    torch::Tensor scores = torch::zeros({18, 13});
    backbone->run(patches.data_ptr<float>(), 18, rows.data_ptr<float>(), scores.data_ptr<float>());
    CHECK(torch::allclose(rows, expected->elements()[0].toTensor(), 1e-5, 1e-5));
    CHECK(torch::allclose(scores, expected->elements()[1].toTensor(), 1e-5, 1e-5));
  }
  CHECK_THROWS_AS(onednn::Shared(weights, Precision::float32, {14}), UsageError);
  CHECK_THROWS_AS(onednn::Shared(weights, Precision::float32, {0}), UsageError);
}

TEST_CASE("taps of rounded maps are those of the maps' values", "[engines]") {
  const auto precision = GENERATE(Precision::bfloat16, Precision::int8);
  if (!processor_has(precision)) return;
  Weights weights = random_weights(odd_network(), 13, 4, network::Activation::relu6);
  weights.quantization = working_quantization(weights, 6);
  const torch::Tensor patches = noise_patches(3);
  onednn::Runner runner(std::make_shared<onednn::Shared>(weights, precision, std::vector<std::int64_t>{2}));
  torch::Tensor rows = torch::zeros({3, 79 + 2 * 5});
  torch::Tensor scores = torch::zeros({3, 13});
  runner.run(patches.data_ptr<float>(), 3, rows.data_ptr<float>(), scores.data_ptr<float>());

  // The same map by hand: layer1, then both convolutions of block 2, whose output is [3, 48 * 32, 5].
  const bool int8 = precision == Precision::int8;
  std::vector<std::uint16_t> source(3 * 48 * 32 * 12);
  std::vector<std::uint16_t> output(source.size());
  runner.edges().write_windows(patches.data_ptr<float>(), 3, source.data());
  for (std::size_t i = 0; i < 3; ++i) {
    runner.run_convolution(i, 3, source.data(), output.data());
    std::swap(source, output);
  }
  const torch::Tensor raw = torch::from_blob(source.data(), {3, 48 * 32, 5}, int8 ? torch::kUInt8 : torch::kBFloat16);
  const torch::Tensor map = raw.to(torch::kFloat32) * (int8 ? weights.quantization->layers[2].output_scale : 1.0F);
  CHECK(torch::allclose(rows.slice(1, 79, 84), map.mean(1), 1e-4, 1e-5));
  CHECK(torch::allclose(rows.slice(1, 84, 89), map.amax(1), 1e-6, 1e-6));
  CHECK(map.max().item<float>() > 0.5F);
  CHECK(torch::equal(tensor_of(run_network(weights, precision, patches).embeddings, 3), rows.slice(1, 0, 79)));
}

TEST_CASE("how patches are grouped changes nothing in int8", "[engines]") {
  if (!processor_has(Precision::int8)) return;
  Weights weights = random_weights(odd_network(), 13, 4, network::Activation::relu6);
  weights.quantization = working_quantization(weights, 6);
  const torch::Tensor patches = noise_patches(21);
  onednn::Runner runner(std::make_shared<onednn::Shared>(weights, Precision::int8));
  const RunnerOutputs whole = run_network(runner, weights, patches);
  RunnerOutputs single;
  for (std::int64_t p = 0; p < 21; ++p) {
    const RunnerOutputs one = run_network(runner, weights, patches.slice(0, p, p + 1).contiguous());
    single.embeddings.insert(single.embeddings.end(), one.embeddings.begin(), one.embeddings.end());
    single.scores.insert(single.scores.end(), one.scores.begin(), one.scores.end());
  }
  CHECK(single.embeddings == whole.embeddings);
  CHECK(single.scores == whole.scores);
  CHECK(*std::max_element(whole.embeddings.begin(), whole.embeddings.end()) > 0.1F);
}

TEST_CASE("every convolution of the full network has a compiled kernel", "[engines]") {
  if (!primitives::processor_is_fast()) return;
  Weights weights = random_weights(1, 521, 7, network::Activation::relu6);
  weights.quantization = working_quantization(weights, 8);
  for (const auto precision : {Precision::float32, Precision::bfloat16, Precision::int8}) {
    if (!processor_has(precision)) continue;
    const primitives::OneThread one_thread;
    onednn::Shared shared(weights, precision);
    for (const std::int64_t count : {std::int64_t{1}, onednn::Runner::kLargestPlan}) {
      const auto& plan = shared.network.plan(count);
      REQUIRE(plan.size() == 28);
      for (std::size_t i = 0; i < plan.size(); ++i) {
        INFO(name_of(precision) << " " << shared.network.convolutions()[i].name << " " << plan[i].implementation);
        CHECK(plan[i].implementation.find("ref") == std::string::npos);
        CHECK(plan[i].implementation.find("gemm") == std::string::npos);
      }
    }
  }
}

TEST_CASE("plans for different numbers of patches share the packed kernels", "[engines]") {
  if (!runs_here()) return;
  const Weights weights = random_weights(4, 11, 7, network::Activation::relu6);
  const primitives::OneThread one_thread;
  onednn::Shared shared(weights, Precision::float32);
  std::size_t kept_apart = 0;
  for (std::size_t i = 0; i < shared.network.convolutions().size(); ++i) {
    const void* eight = shared.network.plan(8)[i].constants.at(DNNL_ARG_WEIGHTS).get_data_handle();
    kept_apart += shared.network.plan(16)[i].constants.at(DNNL_ARG_WEIGHTS).get_data_handle() == eight ? 0 : 1;
  }
  // The library may like another layout for another size now and then.
  CHECK(kept_apart <= 3);
}

TEST_CASE("oneDNN stays on the calling thread", "[engines]") {
  if (!runs_here()) return;
  const auto threads = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  };
  const Weights weights = random_weights(4, 11, 9, network::Activation::relu6);
  const torch::Tensor patches = noise_patches(16);
  // This itself starts threads of LibTorch's; then OpenMP is free to start two more on this thread's behalf.
  torch::set_num_threads(3);
  const auto before = threads();
  const RunnerOutputs outputs = run_network(weights, Precision::float32, patches);
  const auto after = threads();
  torch::set_num_threads(1);
  CHECK(after == before);
  CHECK(outputs.scores.size() == 16 * 11);
}

TEST_CASE("a precision that engine, weights or processor do not allow is refused with the reason", "[engines]") {
  if (!runs_here()) return;
  const soundfold::testing::TempFolder folder;
  const Weights weights = random_weights(8, 11, 10, network::Activation::relu6);
  save_module(build_module(weights), weights, folder / "yamnet.pt");
  const auto load = [&](Engine engine, Precision precision, const Device& device = {}) {
    BackboneOptions options;
    options.engine = engine;
    options.precision = precision;
    options.device = device;
    return load_backbone(folder / "yamnet.pt", options);
  };
  CHECK_THROWS_AS(load(Engine::torchscript, Precision::bfloat16), UsageError);
  CHECK_THROWS_WITH(load(Engine::torchscript, Precision::int8), Catch::Contains("needs engine onednn"));
  CHECK_THROWS_WITH(load(Engine::onednn, Precision::float32, {DeviceKind::cuda, 0}), Catch::Contains("CPU only"));
  CHECK_THROWS_WITH(load(Engine::automatic, Precision::bfloat16, {DeviceKind::cuda, 0}),
                    Catch::Contains("the device is cuda:0"));
  if (processor_has(Precision::int8))
    CHECK_THROWS_WITH(load(Engine::onednn, Precision::int8), Catch::Contains("float"));
  CHECK(load(Engine::onednn, Precision::automatic)->compute_type().text() == "onednn float32");
  CHECK(load(Engine::torchscript, Precision::automatic)->compute_type().text() == "torchscript float32");
  if (processor_has(Precision::bfloat16))
    CHECK(load(Engine::onednn, Precision::bfloat16)->compute_type().text() == "onednn bfloat16");

  // Another processor, as far as oneDNN can tell.
  write_file_atomically(folder / "a.wav", "");
  for (const char* precision : {"bfloat16", "int8"}) {
    const auto result = soundfold::testing::run(
        "embedder",
        {"--weights", "yamnet.pt", "--store", "store", "--engine", "onednn", "--precision", precision, "a.wav"},
        folder.path(), {"ONEDNN_MAX_CPU_ISA=AVX2"});
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Catch::Contains("this processor has n"));
  }
}
