// SPDX-License-Identifier: Apache-2.0
#include "deploy/export.h"
#include "deploy/model.h"
#include "small_model.h"
#include "sound_files.h"
#include "testing/testing.h"
#include "weights/tflite.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace soundfold;
using namespace soundfold::testing;

TEST_CASE("a head on the real YAMNet classifies the cat the same after export", "[deploy][assets]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto weights = weights::read_tflite(assets_folder() / "yamnet" / "yamnet_classification_int8.tflite");
  yamnet::LoadedModule backbone;
  backbone.module = yamnet::build_module(weights);
  backbone.weights_digest = yamnet::tensors_digest(backbone.module);
  backbone.network = weights.network;
  backbone.class_names = weights.class_names;
  backbone.embedding_size = weights.embedding_size();
  const auto miaow = read_mono_wav((assets_folder() / "audio" / "miaow_16k.wav").string());

  for (const std::string input : {"embeddings", "scores", "both"}) {
    for (const std::string pooling : {"window", "mean_max"}) {
      auto spec = small_spec(backbone, input, pooling, 2);
      spec.hidden = {512};
      heads::Head head(spec);  // its own initial weights: logits of everyday size
      head->eval();
      const auto parity = parity_case(backbone, head, miaow);
      INFO(input << " " << pooling);
      const auto check = deploy::export_model(deploy::build_model(backbone, head, {"dog", "cat"}, false), head, {},
                                              {parity}, folder / "model.pt");
      CHECK(check.verified);
      CHECK(check.trainer_difference <= 1e-4);
      deploy::Model model = deploy::Model::load(folder / "model.pt", torch::kCPU);
      const auto result = model.classify(miaow);
      CHECK(result.window_logits.size() == 13);
      for (std::size_t k = 0; k < 2; ++k) CHECK(result.logits[k] == Approx(parity.trainer_logits[k]).margin(1e-4));
    }
  }
}

TEST_CASE("the exported model carries YAMNet's own scores: the cat is a cat", "[deploy][assets]") {
  const torch::NoGradGuard no_gradients;
  const auto weights = weights::read_tflite(assets_folder() / "yamnet" / "yamnet_classification_int8.tflite");
  yamnet::LoadedModule backbone;
  backbone.module = yamnet::build_module(weights);
  backbone.network = weights.network;
  backbone.class_names = weights.class_names;
  backbone.embedding_size = weights.embedding_size();
  const heads::Head head(small_spec(backbone, "embeddings", "window", 2));
  auto model = deploy::build_model(backbone, head, {"dog", "cat"}, false);
  const auto miaow = read_mono_wav((assets_folder() / "audio" / "miaow_16k.wav").string());
  const auto named = model.get_method("classify")({as_tensor(miaow)}).toGenericDict();
  const auto mean = named.at("scores").toTensor().mean(0);
  // The reference's clip scores on this recording: Cat 0.736 first, Meow 0.561 fourth.
  const auto at = [&](const std::string& name) {
    return std::find(weights.class_names.begin(), weights.class_names.end(), name) - weights.class_names.begin();
  };
  CHECK(mean.argmax().item<std::int64_t>() == at("Cat"));
  CHECK(mean[at("Cat")].item<double>() == Approx(0.736).margin(1e-3));
  CHECK(mean[at("Meow")].item<double>() == Approx(0.561).margin(1e-3));
}
