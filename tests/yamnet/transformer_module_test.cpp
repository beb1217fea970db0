// SPDX-License-Identifier: Apache-2.0
#include "device/device.h"
#include "device/tensor_values.h"
#include "support/errors.h"
#include "testing/generated_weights.h"
#include "testing/testing.h"
#include "text/npy.h"
#include "yamnet/folded_module.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::testing;
using namespace soundfold::yamnet;

namespace {

/// The file of a small transformer with generated weights.
struct SmallCed {
  TempFolder folder;
  std::filesystem::path file = folder / "ced.pt";
  weights::Weights weights = generated_weights(small_ced());

  SmallCed() {
    use_one_torch_thread();
    save_module(build_module(weights, weights.network.input.patch_hop_frames), weights, file);
  }
};

/// k / 10000 for k = 1 to 15999.
torch::Tensor ramp() {
  return torch::arange(1, 16'000, torch::kFloat32) / 10'000;
}

torch::Tensor ced_reference(const std::string& name) {
  const NpyArray array = read_npy(assets_folder() / "reference_ced" / (name + ".npy"));
  return torch::tensor(array.values).reshape(array.shape);
}

torch::Tensor called(torch::jit::Module& module, const char* method, const torch::Tensor& tensor) {
  return module.get_method(method)({tensor}).toTensor();
}

torch::Tensor logits_of(const torch::Tensor& scores) {
  return torch::logit(scores.to(torch::kFloat64)).to(torch::kFloat32);
}

}  // namespace

TEST_CASE("a transformer's module makes CED's log-mel values and gives its logits", "[yamnet][assets]") {
  SmallCed ced;
  auto module = load_module(ced.file, torch::kCPU).module;
  if (GENERATE(false, true)) module = folded_module(module, ced.weights.network);
  const torch::InferenceMode no_gradients;
  const auto results = module.forward({ramp()}).toTuple();
  const torch::Tensor log_mel = results->elements()[2].toTensor();
  CHECK(largest_difference(called(module, "patches", log_mel).squeeze(), ced_reference("ramp_15999.log_mel").t()) <
        1e-4);
  CHECK(largest_difference(results->elements()[1].toTensor()[0], ced_reference("ramp_15999.small.embedding")) < 1e-4);
  CHECK(largest_difference(logits_of(results->elements()[0].toTensor()[0]), ced_reference("ramp_15999.small.logits")) <
        5e-4);
  const auto silence = module.forward({torch::zeros(48'000)}).toTuple();
  CHECK(largest_difference(silence->elements()[1].toTensor()[0], ced_reference("silence_3s.small.embedding")) < 1e-5);
}

TEST_CASE("a transformer's patches: short ones, and the last one at the end", "[yamnet]") {
  SmallCed ced;
  auto module = load_module(ced.file, torch::kCPU).module;
  CHECK(called(module, "log_mel", torch::rand(100)).size(0) == 16);
  CHECK(called(module, "log_mel", torch::rand(16'000)).size(0) == 101);
  const torch::Tensor log_mel = torch::rand({2'100, 64});
  const torch::Tensor patches = called(module, "patches", log_mel);
  CHECK(patches.sizes() == std::vector<std::int64_t>{3, 1, 1'012, 64});
  CHECK(torch::equal(patches[1][0], log_mel.narrow(0, 1'000, 1'012)));
  CHECK(torch::equal(patches[2][0], log_mel.narrow(0, 2'100 - 1'012, 1'012)));
  torch::Tensor loud = torch::zeros({20, 64});
  loud[3][5] = 150;
  CHECK(called(module, "patches", loud).min().item<float>() == 30);
  CHECK_THROWS(called(module, "patches", torch::rand({15, 64})));
}

TEST_CASE("a transformer's file gives its weights back, and both engines its values", "[yamnet]") {
  SmallCed ced;
  std::string digest;
  const auto read = weights_from_file(ced.file, &digest);
  CHECK(read.tensors == ced.weights.tensors);
  CHECK(read.class_names == ced.weights.class_names);
  CHECK(read.network.transformer == ced.weights.network.transformer);
  engines::BackboneOptions options;
  if (GENERATE(false, true)) options.taps = {1};
  const auto size = options.taps.empty() ? 48 : 3 * 48;
  options.engine = engines::Engine::torchscript;
  const auto reference_engine = load_backbone(ced.file, options);
  options.engine = engines::Engine::onednn;
  const auto fast = load_backbone(ced.file, options);
  CHECK((fast->weights_digest() == digest) == options.taps.empty());
  CHECK(fast->weights_digest() == reference_engine->weights_digest());
  CHECK(fast->embedding_parts() == reference_engine->embedding_parts());
  CHECK(fast->embedding_size() == size);
  for (const std::int64_t frames : {16, 501, 1'012}) {
    const torch::Tensor patches = torch::rand({6, frames, 64}) * 100 - 90;
    torch::Tensor found[2][2];
    for (const int i : {0, 1}) {
      engines::Backbone& engine = i == 0 ? *reference_engine : *fast;
      found[i][0] = torch::empty({6, size});
      found[i][1] = torch::empty({6, 32});
      engine.run_frames(patches.data_ptr<float>(), 6, frames, found[i][0].data_ptr<float>(),
                        found[i][1].data_ptr<float>());
    }
    CHECK(largest_difference(found[0][0], found[1][0]) < 1e-5);
    CHECK(largest_difference(found[0][1], found[1][1]) < 1e-5);
  }
  std::vector<float> values(1'013 * 64);
  CHECK_THROWS_WITH(fast->run_frames(values.data(), 1, 15, values.data(), values.data()),
                    Catch::Contains("16 to 1012 frames, given: 15"));
  CHECK_THROWS_AS(reference_engine->run_frames(values.data(), 1, 1'013, values.data(), values.data()), UsageError);
}

TEST_CASE("with rows of columns both engines give each column, and their mean is the embedding", "[yamnet]") {
  SmallCed ced;
  auto weights = ced.weights;
  auto& input = weights.network.input;
  input.patch_frames = input.patch_hop_frames = 992;
  input.row_frames = 16;
  const auto file = ced.folder / "columns.pt";
  save_module(build_module(weights, 992), weights, file);
  CHECK(weights_from_file(file).network.input == input);
  engines::BackboneOptions options;
  options.engine = engines::Engine::onednn;
  const auto windows = load_backbone(ced.file, options), fast = load_backbone(file, options);
  CHECK(fast->weights_digest() != windows->weights_digest());
  options.engine = engines::Engine::torchscript;
  const auto reference_engine = load_backbone(file, options);
  for (const std::int64_t frames : {16, 47, 501, 992}) {
    INFO(frames);
    const std::int64_t rows = frames / 16;
    const torch::Tensor patches = torch::rand({3, frames, 64}) * 100 - 90;
    const torch::Tensor mean = torch::empty({3, 48}), of_mean = torch::empty({3, 32});
    windows->run_frames(patches.data_ptr<float>(), 3, frames, mean.data_ptr<float>(), of_mean.data_ptr<float>());
    torch::Tensor columns[2], scores[2];
    for (const int i : {0, 1}) {
      columns[i] = torch::empty({3, rows, 48});
      scores[i] = torch::empty({3, rows, 32});
      engines::Backbone& engine = i == 0 ? *reference_engine : *fast;
      engine.run_frames(patches.data_ptr<float>(), 3, frames, columns[i].data_ptr<float>(),
                        scores[i].data_ptr<float>());
      CHECK(largest_difference(columns[i].mean(1), mean) < 1e-5);
    }
    CHECK(largest_difference(columns[0], columns[1]) < 1e-5);
    CHECK(largest_difference(scores[0], scores[1]) < 1e-5);
    if (rows == 1) CHECK(largest_difference(scores[1].squeeze(1), of_mean) < 1e-5);
  }
  options.taps = {1};
  options.engine = GENERATE(engines::Engine::onednn, engines::Engine::torchscript);
  CHECK_THROWS_WITH(load_backbone(file, options),
                    Catch::Contains("backbone.taps: not with a backbone whose rows are time columns"));
}

TEST_CASE("what a transformer does not have is refused", "[yamnet]") {
  SmallCed ced;
  engines::BackboneOptions options;
  options.engine = GENERATE(engines::Engine::onednn, engines::Engine::torchscript);
  options.taps = {2};
  CHECK_THROWS_WITH(load_backbone(ced.file, options), Catch::Contains("backbone.taps") && Catch::Contains("1 to 1"));
  options.taps.clear();
  options.precision = engines::Precision::int8;
  CHECK_THROWS_WITH(load_backbone(ced.file, options), Catch::Contains("int8"));
}
