// SPDX-License-Identifier: Apache-2.0
#include "efficientat/golden.h"

#include "device/device.h"
#include "device/tensor_values.h"
#include "mobilenets/runner.h"
#include "mobilenets/script.h"
#include "named_modules/module_tensors.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

#include <sstream>

using namespace soundfold;
using namespace soundfold::testing;

namespace {

/// A reference of reference.py's.
struct MobileNetCase {
  const char* name;
  network::Description network;
  std::int64_t frames;
  double tolerance;  ///< of embeddings and logits, which are 0.4, 16 and 10 in size at most

  std::vector<double> expected(const char* what) const {
    return efficientat_golden().at(name + ("_" + std::to_string(frames))).at(what).get<std::vector<double>>();
  }
};

std::vector<MobileNetCase> mobilenet_cases() {
  return {{"small", small_efficientat(), 37, 1e-6},
          {"small", small_efficientat(), 16, 1e-6},
          {"mn04", network::efficientat_description(0.4), 100, 1e-4},
          {"mn10", network::efficientat_description(1), 250, 1e-4}};
}

std::vector<float> logits_from(const std::vector<float>& scores) {
  std::vector<float> logits;
  for (const double score : scores) logits.push_back(static_cast<float>(std::log(score) - std::log1p(-score)));
  return logits;
}

}  // namespace

TEST_CASE("oneDNN's and TorchScript's MobileNets give float64's embeddings and logits", "[mobilenets]") {
  use_one_torch_thread();
  const torch::InferenceMode no_gradients;
  for (const auto& reference : mobilenet_cases()) {
    INFO(reference.name << " " << reference.frames);
    const auto weights = efficientat_weights(reference.network);
    const auto patch = efficientat_patch(reference.frames);
    std::vector<float> embedding(static_cast<std::size_t>(weights.embedding_size()));
    std::vector<float> scores(static_cast<std::size_t>(weights.class_count()));
    mobilenets::Runner runner(mobilenets::make_model(weights));
    runner.run(patch.data(), 1, reference.frames, embedding.data(), scores.data());
    CHECK(largest_difference_of(embedding, reference.expected("embedding")) < reference.tolerance);
    CHECK(largest_difference_of(logits_from(scores), reference.expected("logits")) < 10 * reference.tolerance);

    auto module = mobilenets::scripted(weights, std::make_shared<torch::jit::CompilationUnit>());
    const auto result = module.forward({torch::tensor(patch).reshape({1, 1, reference.frames, 128})}).toTuple();
    const torch::Tensor found = result->elements()[0].toTensor();
    CHECK(largest_difference_of(values_of(found), reference.expected("embedding")) < reference.tolerance);
    const torch::Tensor logits = module.get_method("classify")({found}).toTensor();
    CHECK(largest_difference_of(values_of(logits), reference.expected("logits")) < reference.tolerance);
    CHECK(torch::allclose(result->elements()[1].toTensor(), torch::sigmoid(logits)));
  }
}

TEST_CASE("a MobileNet's patches do not depend on each other, nor on lengths before", "[mobilenets]") {
  const auto weights = efficientat_weights(small_efficientat());
  const auto model = mobilenets::make_model(weights);
  mobilenets::Runner runner(model);
  const auto run = [&](mobilenets::Runner& with, const float* patches, std::int64_t count, std::int64_t frames) {
    std::vector<float> results(static_cast<std::size_t>(count * (48 + 5)));
    with.run(patches, count, frames, results.data(), results.data() + count * 48);
    return results;
  };
  const auto values = efficientat_patch(60);
  const auto three = run(runner, values.data(), 3, 20);
  for (std::int64_t frames : {1, 2, 3, 59, 17, 18, 19, 21, 22, 23, 60}) run(runner, values.data(), 1, frames);
  CHECK(run(runner, values.data(), 3, 20) == three);
  mobilenets::Runner other(model);
  for (std::int64_t p = 0; p < 3; ++p) {
    const auto one = run(other, values.data() + p * 20 * 128, 1, 20);
    CHECK(std::equal(one.begin(), one.begin() + 48, three.begin() + p * 48));
    CHECK(std::equal(one.begin() + 48, one.end(), three.begin() + 3 * 48 + p * 5));
  }
  std::vector<float> results(53);
  CHECK_THROWS_AS(runner.run(values.data(), 0, 20, results.data(), results.data()), UsageError);
  CHECK_THROWS_AS(runner.run(values.data(), 1, 0, results.data(), results.data()), UsageError);
}

TEST_CASE("a MobileNet's module keeps its values, and weights that do not fit are refused", "[mobilenets]") {
  const auto weights = efficientat_weights(small_efficientat());
  std::stringstream file;
  mobilenets::scripted(weights, std::make_shared<torch::jit::CompilationUnit>()).save(file);
  auto module = torch::jit::load(file);
  REQUIRE(named_modules::is_named(module));
  const auto read = named_modules::weights_of(module);
  CHECK(read.tensors == weights.tensors);
  CHECK(read.classifier_kernel == weights.classifier_kernel);
  CHECK(read.classifier_bias == weights.classifier_bias);
  CHECK(read.network.mobilenet == weights.network.mobilenet);
  CHECK(read.network.class_count == 5);
  CHECK(read.network.input == weights.network.input);
  module.setattr("hidden_bias", torch::zeros(3));
  CHECK_THROWS_WITH(named_modules::weights_of(module), Catch::Contains("hidden.bias has 3 values, not 16"));

  auto wrong = weights;
  wrong.tensors.erase("block3.squeeze.bias");
  CHECK_THROWS_WITH(mobilenets::make_model(wrong), Catch::Contains("no tensor block3.squeeze.bias"));
  wrong = weights;
  wrong.classifier_kernel.pop_back();
  CHECK_THROWS_WITH(mobilenets::make_model(wrong), Catch::Contains("the classifier's kernel has 79 values, not 80"));
  wrong.network.mobilenet.reset();
  CHECK_THROWS_WITH(mobilenets::make_model(wrong), Catch::Contains("no MobileNet's"));
}
