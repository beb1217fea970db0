// SPDX-License-Identifier: Apache-2.0
#include "engines/torchscript_engine.h"
#include "support/errors.h"
#include "testing/testing.h"
#include "weights/sample_weights.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <thread>

using namespace soundfold;
using namespace soundfold::yamnet;
using namespace soundfold::weights;
using namespace soundfold::engines;
using namespace soundfold::weights::testing;

namespace {

struct Outputs {
  std::vector<float> embeddings, scores;
};

Outputs run(Backbone& backbone, const float* patches, std::int64_t count) {
  Outputs outputs{std::vector<float>(static_cast<std::size_t>(count * backbone.embedding_size())),
                  std::vector<float>(static_cast<std::size_t>(count * backbone.class_count()))};
  backbone.run(patches, count, outputs.embeddings.data(), outputs.scores.data());
  return outputs;
}

float largest_difference(const float* a, const float* b, std::size_t count) {
  float largest = 0;
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

/// A quarter-width network on disk, and 37 patches.
struct BackboneCase {
  BackboneCase() {
    save_module(module, weights, file());
    torch::manual_seed(8);
    patches = torch::rand({37, 1, 96, 64}) * 10 - 6;
  }
  std::filesystem::path file() const { return folder / "yamnet.pt"; }
  const float* data() const { return patches.data_ptr<float>(); }
  soundfold::testing::TempFolder folder;
  Weights weights = random_weights(4, 11, 6, network::Activation::relu6);
  torch::jit::Module module = build_module(weights);
  torch::Tensor patches;
};

}  // namespace

TEST_CASE("the backbone computes what the module does", "[yamnet]") {
  BackboneCase sample;
  BackboneOptions options;
  options.engine = GENERATE(Engine::torchscript, Engine::automatic);
  const auto backbone = load_backbone(sample.file(), options);
  CHECK(backbone->embedding_size() == 256);
  CHECK(backbone->class_count() == 11);
  CHECK(backbone->class_names() == sample.weights.class_names);
  CHECK(backbone->weights_digest() == tensors_digest(sample.module));
  if (options.engine == Engine::torchscript) CHECK(backbone->compute_type().text() == "torchscript float32");
  const Outputs outputs = run(*backbone, sample.data(), 37);
  const auto expected = sample.module.get_method("embed")({sample.patches}).toTuple();
  const torch::Tensor embeddings = expected->elements()[0].toTensor();
  CHECK(largest_difference(outputs.embeddings.data(), embeddings.data_ptr<float>(), 37 * 256) <= 1e-4F);
  const torch::Tensor scores = expected->elements()[1].toTensor();
  CHECK(largest_difference(outputs.scores.data(), scores.data_ptr<float>(), 37 * 11) <= 1e-5F);
  CHECK(embeddings.max().item<float>() > 0.1F);
}

TEST_CASE("how patches are grouped does not matter", "[yamnet]") {
  BackboneCase sample;
  BackboneOptions options;
  options.engine = GENERATE(Engine::torchscript, Engine::automatic);
  const auto backbone = load_backbone(sample.file(), options);
  const Outputs whole = run(*backbone, sample.data(), 37);
  for (const std::int64_t size : {1, 3, 16, 17}) {
    for (std::int64_t start = 0; start + size <= 37; start += size) {
      const Outputs part = run(*backbone, sample.data() + start * 6144, size);
      const auto count = static_cast<std::size_t>(size);
      CHECK(largest_difference(part.embeddings.data(), whole.embeddings.data() + start * 256, count * 256) <= 1e-5F);
      CHECK(largest_difference(part.scores.data(), whole.scores.data() + start * 11, count * 11) <= 1e-5F);
    }
  }
}

TEST_CASE("runners of several threads share weights and agree", "[yamnet]") {
  BackboneCase sample;
  BackboneOptions options;
  options.engine = GENERATE(Engine::torchscript, Engine::automatic);
  const auto backbone = load_backbone(sample.file(), options);
  const Outputs expected = run(*backbone, sample.data(), 37);
  std::vector<Outputs> outputs(3);
  std::vector<std::unique_ptr<Backbone>> runners;
  for (std::size_t i = 0; i < outputs.size(); ++i) runners.push_back(backbone->share());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int again = 0; again < 3; ++again) outputs[i] = run(*runners[i], sample.data(), 37);
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& output : outputs) {
    CHECK(output.embeddings == expected.embeddings);
    CHECK(output.scores == expected.scores);
  }
}

TEST_CASE("what no backbone can be loaded from or run with is refused", "[yamnet]") {
  BackboneCase sample;
  BackboneOptions options;
  options.threads = -1;
  CHECK_THROWS_AS(load_backbone(sample.file(), options), UsageError);
  CHECK_THROWS_AS(load_backbone(sample.folder / "none.pt", {}), DataError);
  const auto backbone = load_backbone(sample.file(), {});
  CHECK_THROWS_AS(backbone->run(sample.data(), 0, nullptr, nullptr), UsageError);
}

TEST_CASE("a compute type names what decides the last bits", "[yamnet]") {
  constexpr auto kCpu = DeviceKind::cpu, kCuda = DeviceKind::cuda;
  CHECK(ComputeType{kCpu, EngineUsed::onednn, Precision::int8}.text() == "onednn int8");
  CHECK(ComputeType{kCpu, EngineUsed::torch}.text() == "torch float32");
  const ComputeType on_cuda{kCuda, EngineUsed::torchscript};
  CHECK(on_cuda.text() == "torchscript float32 on cuda");
  CHECK(ComputeType{kCuda, EngineUsed::torchscript, Precision::float32, true}.text() ==
        "torchscript float32 on cuda with TF32");
  CHECK(ComputeType{}.is_cpu_float32());
  CHECK_FALSE(ComputeType{kCpu, EngineUsed::onednn, Precision::bfloat16}.is_cpu_float32());
  CHECK_FALSE(on_cuda.is_cpu_float32());
  CHECK_FALSE(on_cuda == ComputeType{kCpu, EngineUsed::torchscript});
}

TEST_CASE("a device is the same in LibTorch's type and in ours", "[yamnet]") {
  CHECK(device_of(torch::kCPU).text() == "cpu");
  CHECK(device_of(torch::Device(torch::kCUDA, 1)).text() == "cuda:1");
  for (const auto& device : {torch::Device(torch::kCPU), torch::Device(torch::kCUDA), torch::Device(torch::kCUDA, 2)}) {
    CHECK(torch_device(device_of(device)) == device);
  }
  CHECK_THROWS_AS(device_of(torch::Device(torch::kMPS)), UsageError);
}
