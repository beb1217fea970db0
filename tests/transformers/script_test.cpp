// SPDX-License-Identifier: Apache-2.0
#include "transformers/script.h"

#include "device/device.h"
#include "device/tensor_values.h"
#include "named_modules/module_tensors.h"
#include "support/errors.h"
#include "testing/generated_weights.h"
#include "transformers/golden.h"
#include "transformers/runner.h"

#include <catch2/catch.hpp>

#include <sstream>

using namespace soundfold;
using namespace soundfold::testing;
using namespace soundfold::transformers;

namespace {

torch::jit::Module module_of(const weights::Weights& weights) {
  return scripted(weights, std::make_shared<torch::jit::CompilationUnit>());
}

torch::Tensor log_mel_of(const CedClip& clip) {
  return torch::tensor(clip.log_mel).reshape({clip.patches, clip.frames, 64});
}

torch::Tensor call(torch::jit::Module& module, const char* method, const torch::Tensor& tensor) {
  return module.get_method(method)({tensor}).toTensor();
}

void check_signal(torch::jit::Module& module, const std::string& signal, const std::string& model, std::int64_t depth) {
  INFO(signal << ", " << model);
  const auto expect = [&](const torch::Tensor& found, const std::string& what, double tolerance) {
    INFO(what);
    CHECK(largest_difference(values_of(found), ced_reference(signal + "." + model + "." + what).values) < tolerance);
  };
  const CedClip clip = ced_clip(signal);
  torch::Tensor x = module.get_method("tokens")({log_mel_of(clip), clip.filled}).toTensor();
  if (model == "small") expect(x, "tokens", 2e-5);
  for (std::int64_t i = 0; i < depth; ++i) {
    x = module.attr("block" + std::to_string(i)).toModule().forward({x}).toTensor();
    if (model == "small") expect(x, "block" + std::to_string(i), 2e-5);
  }
  const torch::Tensor columns = call(module, "columns", x);
  if (model == "small") expect(columns, "columns", 2e-5);
  const torch::Tensor embedding = columns.mean(at::IntArrayRef{0, 1}).unsqueeze(0);
  expect(embedding, "embedding", 1e-5);
  expect(call(module, "classify", embedding), "logits", 1e-5);
}

}  // namespace

TEST_CASE("TorchScript's tokens, blocks, embeddings and logits are the reference's", "[transformers][assets]") {
  use_one_torch_thread();
  const torch::NoGradGuard no_gradients;
  const std::string model = GENERATE("small", "probe", "tiny");
  const auto network = model == "tiny" ? network::ced_description(network::CedSize::tiny) : small_ced();
  const auto weights = generated_weights(network);
  auto module = module_of(model == "probe" ? epsilon_probe(weights) : weights);
  for (const auto& signal : ced_signal_names()) check_signal(module, signal, model, network.transformer->depth);
}

TEST_CASE("oneDNN and TorchScript agree on patches of any length, frozen or not", "[transformers]") {
  use_one_torch_thread();
  const torch::InferenceMode no_gradients;
  const auto weights = generated_weights(small_ced());
  auto module = module_of(weights);
  if (GENERATE(false, true)) module = torch::jit::freeze(module);
  Runner runner(make_model(weights, Arithmetic::float32));
  const std::int64_t frames = GENERATE(16, 100, 1'012);
  torch::manual_seed(frames);
  const torch::Tensor patches = torch::rand({3, 1, frames, 64}) * 100 - 80;
  const auto expected = module.forward({patches}).toTuple();
  std::vector<float> embeddings(3 * 48), scores(3 * 32);
  runner.run({patches.data_ptr<float>(), 3, frames}, {embeddings.data(), nullptr, nullptr, scores.data(), {}});
  CHECK(largest_difference(embeddings, values_of(expected->elements()[0].toTensor())) < 1e-5);
  CHECK(largest_difference(scores, values_of(expected->elements()[1].toTensor())) < 1e-5);
}

TEST_CASE("a saved module gives its weights back", "[transformers]") {
  const auto weights = generated_weights(small_ced());
  std::stringstream file;
  module_of(weights).save(file);
  auto module = torch::jit::load(file);
  REQUIRE(named_modules::is_named(module));
  const auto read = named_modules::weights_of(module);
  CHECK(read.tensors == weights.tensors);
  CHECK(read.classifier_kernel == weights.classifier_kernel);
  CHECK(read.classifier_bias == weights.classifier_bias);
  CHECK(read.network.transformer == weights.network.transformer);
  CHECK(read.network.class_count == 32);
  CHECK(read.network.input == weights.network.input);

  module.setattr("init_bn_bias", torch::zeros(3));
  CHECK_THROWS_WITH(named_modules::weights_of(module), Catch::Contains("encoder.init_bn.bias has 3 values, not 64"));
  module.setattr("geometry", "{\"transformer\":{}}");
  CHECK_THROWS_AS(named_modules::weights_of(module), DataError);
}
