// SPDX-License-Identifier: Apache-2.0
#include "yamnet/folded_module.h"

#include "weights/sample_weights.h"
#include "yamnet/module.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace soundfold;
using namespace soundfold::yamnet;
using namespace soundfold::weights;
using namespace soundfold::weights::testing;

namespace {

void check_same_answers(torch::jit::Module module, const Weights& weights, std::int64_t samples) {
  auto folded = folded_module(module, weights.network);
  const auto numbers = random_waveform(samples, 11);
  const auto waveform = torch::tensor(numbers);
  const auto expected = module.forward({waveform}).toTuple()->elements();
  const auto given = folded.forward({waveform}).toTuple()->elements();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO(samples << " samples, output " << i);
    REQUIRE(given[i].toTensor().sizes() == expected[i].toTensor().sizes());
    const torch::Tensor wanted = expected[i].toTensor();
    const auto largest = wanted.abs().max().item<float>();
    CHECK((given[i].toTensor() - wanted).abs().max().item<float>() < 1e-5F * std::max(1.0F, largest));
  }
}

}  // namespace

TEST_CASE("folded batch norms change no answer, with one patch or several, ReLU or ReLU6, taps or none", "[yamnet]") {
  const torch::NoGradGuard no_gradients;
  for (const auto activation : {network::Activation::relu, network::Activation::relu6}) {
    const auto weights = random_weights(8, 6, 5, activation);
    for (const std::int64_t samples : {std::int64_t{1}, std::int64_t{15'600}, std::int64_t{40'000}}) {
      check_same_answers(build_module(weights), weights, samples);
      check_same_answers(build_module(weights, 20, {1, 7, 13}), weights, samples);
    }
  }
}

TEST_CASE("a folded network keeps the attributes and shares nothing", "[yamnet]") {
  const auto weights = random_weights(16, 4, 6, network::Activation::relu);
  const auto module = build_module(weights, 20);
  const auto folded = folded_module(module, weights.network);
  CHECK(folded.attr("weights_digest").toStringRef() == module.attr("weights_digest").toStringRef());
  CHECK(folded.attr("patch_hop_frames").toInt() == 20);
  CHECK(folded.attr("class_names").toList().size() == 4);

  std::size_t compared = 0;
  for (const auto& parameter : folded.named_parameters()) {
    CHECK_FALSE(parameter.value.requires_grad());
    CHECK(parameter.name.find("beta") == std::string::npos);
    ++compared;
  }
  CHECK(compared == 2 * weights.layers.size() + 2);
  const auto kernel = [](const torch::jit::Module& of) {
    return of.attr("network").toModule().attr("classifier_kernel").toTensor();
  };
  CHECK(kernel(folded).data_ptr() != kernel(module).data_ptr());
  CHECK(torch::equal(kernel(folded), kernel(module)));
}
