// SPDX-License-Identifier: Apache-2.0
#include "features/internal/known_classes.h"

#include "device/random_streams.h"
#include "heads/head.h"
#include "support/errors.h"
#include "testing/generated_weights.h"
#include "yamnet/module.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using features::known_pairs;

namespace {

const std::vector<std::string> kOwn = {"dog", "rain", "hum"};
const std::vector<std::string> kBackbone = {"Speech", "Dog", "Bark", "Rain", "Crowing, cock-a-doodle-doo"};

}  // namespace

TEST_CASE("known classes become pairs of the names that there are", "[features]") {
  const auto pairs =
      known_pairs({{"DOG", {"Dog", "bark"}}, {"rain", {"Crowing,  cock-a-doodle-doo"}}}, kOwn, kBackbone);
  CHECK(pairs == features::KnownPairs{{"dog", "Dog"}, {"dog", "Bark"}, {"rain", "Crowing, cock-a-doodle-doo"}});
}

TEST_CASE("invalid known classes are refused with the nearest name", "[features]") {
  const auto refused = [](const std::string& own, const std::string& theirs, const std::string& part) {
    const config::NameLists known = {{own, {theirs}}};
    CHECK_THROWS_WITH(known_pairs(known, kOwn, kBackbone), Catch::Contains(part));
    CHECK_THROWS_AS(known_pairs(known, kOwn, kBackbone), UsageError);
  };
  refused("dgo", "Dog", "'dgo' is not one of the classes of the data; did you mean 'dog'?");
  refused("dog", "Barkk", "'Barkk' is not one of the backbone's classes; did you mean 'Bark'?");
  CHECK_THROWS_WITH(known_pairs({{"dog", {"Dog", "dog"}}}, kOwn, kBackbone), Catch::Contains("twice"));
}

TEST_CASE("the row of a known class is the mean of the backbone's", "[features]") {
  const std::vector<float> kernel = {0, 1, 10, 11, 20, 21, 30, 31, 40, 41};
  const std::vector<float> bias = {0.5F, 1.5F, 2.5F, 3.5F, 4.5F};
  const auto pairs = known_pairs({{"dog", {"Bark", "Dog"}}, {"rain", {"Rain"}}}, kOwn, kBackbone);
  const auto known = features::known_class_rows(pairs, kOwn, kBackbone, kernel, bias);
  CHECK(torch::equal(known.mapped, torch::tensor({1.0F, 1.0F, 0.0F})));
  CHECK(torch::equal(known.kernel, torch::tensor({{15.0F, 16.0F}, {30.0F, 31.0F}, {0.0F, 0.0F}})));
  CHECK(torch::equal(known.bias, torch::tensor({2.0F, 3.5F, 0.0F})));
}

TEST_CASE("the known logits of a CED are those of its own classifier, with its norm", "[features]") {
  const torch::NoGradGuard no_gradients;
  auto weights = testing::generated_weights(testing::small_ced());
  // So small an embedding shows the epsilon too.
  const double scale = GENERATE(1.0, 0.01);
  const auto embeddings = torch::rand({7, 48}, make_generator(torch::kCPU, 3)) * scale;
  auto module = yamnet::tapped_module(weights, 100, {}).module;
  const auto own = module.attr("network").toModule().get_method("classify")({embeddings}).toTensor();

  const auto& names = weights.class_names;
  const auto pairs = known_pairs({{"dog", {names[3], names[30]}}, {"rain", {names[0]}}}, kOwn, names);
  const auto known = features::with_norm_folded(
      features::known_class_rows(pairs, kOwn, names, weights.classifier_kernel, weights.classifier_bias), weights);
  CHECK(known.norm_epsilon == weights.network.transformer->head_norm_epsilon);
  config::Head options;
  options.hidden = {};
  const auto spec = heads::make_head_spec(options, 48 + 5, 3, &known);  // a tap's five values follow
  CHECK(spec.known_inputs == 48);
  heads::Head head(spec);
  for (auto& parameter : head->parameters()) parameter.zero_();
  auto buffers = head->named_buffers();
  buffers["known_kernel"].copy_(known.kernel);
  buffers["known_bias"].copy_(known.bias);
  buffers["known_gain"].fill_(1);
  const auto logits = head->frame_logits(torch::cat({embeddings, torch::full({7, 5}, 100.0F)}, 1));
  CHECK(torch::allclose(logits.select(1, 0), (own.select(1, 3) + own.select(1, 30)) / 2, 0, 1e-5));
  CHECK(torch::allclose(logits.select(1, 1), own.select(1, 0), 0, 1e-5));
  CHECK(logits.select(1, 2).abs().max().item<float>() == 0);
  CHECK(own.std(0, false).max().item<float>() > 1e-3);  // the embeddings do differ
}

TEST_CASE("rows of a network without a norm stay as they are", "[features]") {
  heads::KnownClasses known;
  known.kernel = torch::rand({3, 4});
  known.bias = torch::rand({3});
  const auto same = features::with_norm_folded(known, weights::Weights());
  CHECK(torch::equal(same.kernel, known.kernel));
  CHECK(torch::equal(same.bias, known.bias));
  CHECK(same.norm_epsilon == 0);
}
