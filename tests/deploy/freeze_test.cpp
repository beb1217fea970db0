// SPDX-License-Identifier: Apache-2.0
// What LibTorch's own tools make of an exported model, as a program that has nothing of Soundfold would use them.
#include "deploy/export.h"
#include "finetuning/tiny_network.h"
#include "small_model.h"
#include "testing/testing.h"
#include "weights/safetensors.h"
#include "weights/tflite.h"
#include "weights/weights.h"

#include <catch2/catch.hpp>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <sstream>

using namespace soundfold;
using namespace soundfold::testing;

namespace {

yamnet::LoadedModule backbone_of(const weights::Weights& weights) {
  yamnet::LoadedModule backbone;
  backbone.module = yamnet::build_module(weights);
  backbone.weights_digest = yamnet::tensors_digest(backbone.module);
  backbone.network = weights.network;
  backbone.class_names = weights.class_names;
  backbone.embedding_size = weights.embedding_size();
  return backbone;
}

/// The model as a file holds it, loaded again: freezing changes the code that it shares with its copies.
torch::jit::Module loaded(const torch::jit::Module& model) {
  std::stringstream file;
  model.save(file);
  return torch::jit::load(file);
}

std::vector<torch::Tensor> sounds() {
  std::vector<torch::Tensor> waveforms;
  // One patch, several, and more than the model works on at once.
  for (const std::int64_t samples : {1000, 15600, 50000, 200000}) {
    waveforms.push_back(as_tensor(made_up_waveform(samples, static_cast<unsigned>(samples))));
  }
  return waveforms;
}

std::vector<torch::Tensor> answers(torch::jit::Module model) {
  std::vector<torch::Tensor> logits;
  for (int call = 0; call < 3; ++call) {  // LibTorch compiles in the first two
    logits.clear();
    for (const auto& waveform : sounds()) logits.push_back(model.forward({waveform}).toTensor());
  }
  return logits;
}

void check_same(const std::vector<torch::Tensor>& logits, const std::vector<torch::Tensor>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(largest_difference(logits[i], expected[i]) <= 1e-4);
}

/// With its own initial weights: logits of everyday size.
heads::Head untrained_head(const heads::HeadSpec& spec) {
  heads::Head head(spec);
  head->eval();
  return head;
}

/// Plain, frozen and optimised, with the graph optimiser of this thread switched on and off.
void check_frozen(const yamnet::LoadedModule& backbone, const heads::Head& head) {
  const c10::InferenceMode no_gradients;
  const auto model = deploy::build_model(backbone, head, {"dog", "cat", "rain"}, false);
  std::vector<torch::Tensor> expected;
  {
    const torch::jit::GraphOptimizerEnabledGuard off(false);
    expected = answers(loaded(model));
  }
  CHECK((expected.front() - expected.back()).abs().max().item<double>() > 1e-3);  // the sounds do differ
  for (const bool optimiser : {true, false}) {
    INFO("graph optimiser " << optimiser);
    const torch::jit::GraphOptimizerEnabledGuard set(optimiser);
    check_same(answers(loaded(model)), expected);
    auto frozen = torch::jit::freeze(loaded(model), std::vector<std::string>{"classify", "class_names"});
    check_same(answers(frozen), expected);
    CHECK(frozen.attr("class_names").toListRef().size() == 3);
    const auto named = frozen.get_method("classify")({sounds()[2]}).toGenericDict();
    CHECK(largest_difference(named.at("classifier").toTensor(), expected[2]) <= 1e-4);

    auto without_classify = torch::jit::freeze(loaded(model));
    check_same(answers(torch::jit::optimize_for_inference(without_classify)), expected);
    auto at_once = loaded(model);
    check_same(answers(torch::jit::optimize_for_inference(at_once)), expected);
  }
}

}  // namespace

TEST_CASE("a frozen or optimised model gives the same logits, whatever the width of its layers", "[deploy]") {
  for (const auto activation : {network::Activation::relu, network::Activation::relu6}) {
    const auto backbone = backbone_of(tiny_network(7, activation));  // 3 to 8 channels
    INFO(network::activation_name(activation));
    for (const std::string pooling : {"window", "mean_max", "attention"}) {
      auto spec = small_spec(backbone, "both", pooling);
      spec.standardize = true;
      check_frozen(backbone, random_head(spec));
    }
  }
}

TEST_CASE("soundfold-small frozen or optimised gives the same logits", "[deploy]") {
  const auto backbone =
      backbone_of(weights::read_safetensors(source_folder() / "models/soundfold-small/soundfold-small.safetensors"));
  auto spec = small_spec(backbone, "embeddings", "window");
  spec.hidden = {64};
  check_frozen(backbone, untrained_head(spec));
}

TEST_CASE("YAMNet frozen or optimised gives the same logits", "[deploy][assets]") {
  const auto backbone = backbone_of(weights::read_tflite(assets_folder() / "yamnet/yamnet_classification_int8.tflite"));
  auto spec = small_spec(backbone, "embeddings", "window");
  spec.hidden = {64};
  check_frozen(backbone, untrained_head(spec));
}
