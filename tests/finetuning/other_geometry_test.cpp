// SPDX-License-Identifier: Apache-2.0
// A network that is YAMNet in nothing but its kinds of layers goes from one description through every engine.
#include "device/tensor_values.h"
#include "engines/onednn_engine.h"
#include "finetuning/cut_backbone.h"
#include "finetuning/network_tail.h"
#include "frontend/log_mel.h"
#include "frontend/patch_stream.h"
#include "testing/testing.h"
#include "weights/sample_weights.h"
#include "yamnet/folded_module.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>

using namespace soundfold;

namespace {

constexpr std::int64_t kPatches = 19;  // more than one plan of oneDNN's

weights::Weights other_network() {
  return weights::testing::random_weights(weights::testing::other_geometry(), 3, 5, network::Activation::relu6);
}

struct Outputs {
  torch::Tensor embeddings, scores;
};

torch::Tensor some_patches(const frontend::InputRecipe& input) {
  auto generator = at::detail::createCPUGenerator(3);
  return torch::rand({kPatches, input.patch_values()}, generator) * 10 - 6;
}

Outputs outputs_of(torch::jit::Module module, const weights::Weights& weights) {
  const auto& input = weights.network.input;
  const auto patches = some_patches(input).reshape({kPatches, 1, input.patch_frames, input.mel_bands});
  const auto result = module.get_method("embed")({patches}).toTuple();
  return {result->elements()[0].toTensor(), result->elements()[1].toTensor()};
}

Outputs outputs_of(engines::Backbone& backbone) {
  const auto patches = some_patches(backbone.input());
  Outputs outputs{torch::zeros({kPatches, backbone.embedding_size()}),
                  torch::zeros({kPatches, backbone.class_count()})};
  backbone.run(patches.data_ptr<float>(), kPatches, outputs.embeddings.data_ptr<float>(),
               outputs.scores.data_ptr<float>());
  return outputs;
}

void check_equal(const Outputs& outputs, const Outputs& expected) {
  REQUIRE(outputs.embeddings.sizes() == expected.embeddings.sizes());
  CHECK(largest_difference(outputs.embeddings, expected.embeddings) < 1e-5);
  CHECK(largest_difference(outputs.scores, expected.scores) < 1e-5);
}

}  // namespace

TEST_CASE("a network of another geometry gives the same by TorchScript, oneDNN and autograd", "[finetuning]") {
  const torch::NoGradGuard no_gradients;
  const auto weights = other_network();
  const auto module = yamnet::build_module(weights, 24);
  const auto expected = outputs_of(module, weights);
  REQUIRE(expected.embeddings.sizes() == torch::IntArrayRef({kPatches, 7}));
  REQUIRE(expected.scores.sizes() == torch::IntArrayRef({kPatches, 3}));
  CHECK(expected.embeddings.max().item<float>() > 0.1F);

  const auto folded = yamnet::folded_module(module, weights.network);
  check_equal(outputs_of(folded, weights), expected);
  CHECK(yamnet::input_of(folded) == weights.network.input);
  finetuning::TailStart start;
  start.weights = std::make_shared<const weights::Weights>(weights);
  start.input = config::HeadInput::both;
  finetuning::NetworkTail tail(start);
  const auto both = tail->forward(some_patches(weights.network.input));
  check_equal({both.narrow(1, 0, 7), both.narrow(1, 7, 3)}, expected);

  const auto cut = finetuning::cut_backbone(weights, "digest", 3, torch::kCPU);
  CHECK(cut->input() == weights.network.input);
  CHECK(cut->embedding_size() == 10 * 12 * 32);
  start.first_block = 3;
  finetuning::NetworkTail rest(start);
  const auto from_cut = rest->forward(outputs_of(*cut).embeddings);
  check_equal({from_cut.narrow(1, 0, 7), from_cut.narrow(1, 7, 3)}, expected);

  if (!engines::onednn_unavailable_reason().empty()) return;
  check_equal(outputs_of(*engines::onednn_backbone(weights, "digest", {})), expected);
}

TEST_CASE("a network of another geometry comes back from its file, and both engines run it", "[finetuning]") {
  const torch::NoGradGuard no_gradients;
  const testing::TempFolder folder;
  const auto weights = other_network();
  const auto module = yamnet::build_module(weights, 24);
  yamnet::save_module(module, weights, folder / "other.pt");
  const auto read = yamnet::weights_from_file(folder / "other.pt");
  CHECK(read.network.input == weights.network.input);
  CHECK(read.network.batch_norm_epsilon == 1e-3);
  REQUIRE(read.network.layers.size() == weights.network.layers.size());
  for (std::size_t i = 0; i < read.layers.size(); ++i) {
    CHECK(read.network.layers[i].name == weights.network.layers[i].name);
    CHECK(read.network.layers[i].kernel_shape() == weights.network.layers[i].kernel_shape());
    CHECK(read.network.layers[i].stride == weights.network.layers[i].stride);
    CHECK(read.layers[i].kernel == weights.layers[i].kernel);
  }
  CHECK(yamnet::tensors_digest(yamnet::build_module(read, 24)) == yamnet::tensors_digest(module));
  auto other_hop = weights;
  other_hop.network.input.hop_samples = 400;
  CHECK(yamnet::tensors_digest(yamnet::build_module(other_hop, 24)) != yamnet::tensors_digest(module));

  const auto expected = outputs_of(module, weights);
  for (const auto engine : {engines::Engine::torchscript, engines::Engine::onednn}) {
    if (engine == engines::Engine::onednn && !engines::onednn_unavailable_reason().empty()) continue;
    INFO(name_of(engine));
    engines::BackboneOptions options;
    options.engine = engine;
    const auto backbone = yamnet::load_backbone(folder / "other.pt", options);
    CHECK(backbone->input() == weights.network.input);
    check_equal(outputs_of(*backbone), expected);
  }
}

TEST_CASE("the module of another geometry cuts waveforms by its own recipe", "[finetuning]") {
  const auto weights = other_network();
  auto module = yamnet::build_module(weights, 24);
  // One patch sees 800 + 47 * 320 = 15840 samples; the next starts 24 * 320 = 7680 later.
  for (const std::int64_t samples : {1, 15840, 15841, 40000}) {
    INFO(samples << " samples");
    const auto result = module.forward({torch::zeros({samples})}).toTuple();
    const auto patches = frontend::patch_count(samples, 24, weights.network.input);
    CHECK(patches == (samples <= 15840 ? 1 : samples == 15841 ? 2 : 5));
    CHECK(result->elements()[0].toTensor().sizes() == torch::IntArrayRef({patches, 3}));
    CHECK(result->elements()[2].toTensor().size(1) == 128);
  }
}

TEST_CASE("the front end of another recipe is that of its module", "[finetuning]") {
  const auto weights = other_network();
  const auto& input = weights.network.input;
  auto module = yamnet::build_module(weights, 24);
  const auto waveform = weights::testing::random_waveform(50'000, 4);
  const auto expected = module.get_method("log_mel")({torch::tensor(waveform)}).toTensor();
  const auto whole = frontend::spectrogram(waveform, 24, input);
  REQUIRE(expected.sizes() == torch::IntArrayRef({whole.frame_count, 128}));
  CHECK(largest_difference(torch::tensor(whole.log_mel).reshape({-1, 128}), expected) < 1e-4);

  frontend::LogMel log_mel(input);
  std::vector<float> streamed;
  frontend::PatchStream stream(
      log_mel,
      [&](const frontend::Patch& patch) {
        streamed.insert(streamed.end(), patch.log_mel, patch.log_mel + input.patch_values());
      },
      24);
  for (std::size_t done = 0; done < waveform.size(); done += 1000) stream.push(waveform.data() + done, 1000);
  REQUIRE(stream.finish() == whole.patch_count);
  for (std::int64_t patch = 0; patch < whole.patch_count; ++patch) {
    const auto place = streamed.begin() + patch * input.patch_values();
    CHECK(std::equal(place, place + input.patch_values(), whole.patch(patch)));
  }
}
