// SPDX-License-Identifier: Apache-2.0
#include "onnx/made_up_model.h"

#include "network/outputs.h"
#include "runtime/sample_model.h"
#include "testing/generated_weights.h"
#include "weights/sample_weights.h"

#include <algorithm>
#include <random>

namespace soundfold::testing {
namespace {

using head_spec::HeadInput;
using head_spec::Pooling;

constexpr std::int64_t kClasses = 3, kScores = 5;  // of a made-up network

head_spec::HeadSpec fitting_spec(const ModelForm& form, std::int64_t scores) {
  auto spec = form.head;
  spec.input_size = head_spec::input_size(spec.input, network::embedding_size(form.network, form.taps), scores);
  spec.class_count = kClasses;
  if (form.in_parts) spec.parts = {form.network.embedding_size(), spec.input_size - form.network.embedding_size()};
  if (form.knows_classes) spec.known_inputs = form.network.embedding_size();
  return spec;
}

network::Description small_network() {
  return network::with_channels(network::yamnet_description(), {4, 4, 6, 6, 6, 6, 8, 8, 8, 8, 8, 8, 12, 12});
}

}  // namespace

runtime::ModelFile made_up_model(const ModelForm& form, unsigned seed) {
  auto backbone = form.network.transformer
                      ? generated_weights(form.network)
                      : weights::testing::random_weights(form.network, kScores, seed, form.network.activation);
  backbone.class_names = {"Speech", "Cat", "Silence", "Rain", "Dog"};
  return made_up_model(form, std::move(backbone), seed);
}

runtime::ModelFile made_up_model(const ModelForm& form, weights::Weights backbone, unsigned seed) {
  runtime::ModelFile model;
  model.backbone = std::move(backbone);
  for (std::size_t i = 0; i < model.backbone.layers.size(); ++i) {
    auto folded = model.backbone.folded(i);
    model.backbone.layers[i] =
        network::with_plain_batch_norm(std::move(folded), model.backbone.network.batch_norm_epsilon);
  }
  model.taps = form.taps;
  model.head = random_head_values(fitting_spec(form, model.backbone.class_count()), seed + 1);
  model.class_names = {"dog", "cat", "\"rain\" \xc3\xa9"};
  model.multi_label = form.multi_label;
  model.patch_hop_frames = form.patch_hop_frames;
  model.decision.temperature = 1.7;
  model.decision.negative_class = 1;
  model.decision.silence_gate = evaluation::SilenceGate{-40, 0.9};
  model.weights_digest = "0123";
  model.metadata = {{"experiment", "made up"}};
  return model;
}

std::vector<ModelForm> all_forms() {
  using head_spec::Activation;
  using head_spec::Normalization;
  using head_spec::Scaling;
  std::vector<ModelForm> forms(7);
  for (auto& form : forms) form.network = small_network();
  forms[0].head.hidden = {};
  forms[1].head.hidden = {5};
  forms[1].head.normalization = Normalization::layer;
  forms[1].head.standardize = true;
  forms[1].head.input = HeadInput::scores;
  forms[2].head.hidden = {6, 4};
  forms[2].head.pooling = Pooling::mean;
  forms[2].head.activation = Activation::gelu;
  forms[2].head.normalization = Normalization::batch;
  forms[2].taps = {3, 13};
  forms[3].head.pooling = Pooling::mean_max;
  forms[3].head.hidden = {7};
  forms[3].head.activation = Activation::tanh;
  forms[3].head.scaling = Scaling::rms;
  forms[3].head.input = HeadInput::both;
  forms[3].in_parts = true;
  forms[3].knows_classes = true;
  forms[4].head.pooling = Pooling::attention;
  forms[4].head.standardize = true;
  forms[4].head.hidden = {4};
  forms[4].multi_label = true;
  forms[4].knows_classes = true;
  forms[4].patch_hop_frames = 10;
  forms[5].network.activation = network::Activation::relu6;
  forms[5].head.scaling = Scaling::rms;
  forms[5].head.hidden = {4};
  forms[5].knows_classes = true;
  forms[5].patch_hop_frames = 150;
  forms[6].network = weights::testing::other_geometry();
  forms[6].head.hidden = {4};
  forms[6].patch_hop_frames = 24;
  return forms;
}

std::vector<ModelForm> transformer_forms() {
  std::vector<ModelForm> forms(6);
  for (auto& form : forms) {
    form.network = small_ced();
    form.network.class_count = kScores;
    form.head.hidden = {4};
    form.patch_hop_frames = 1000;
  }
  forms[1].network.transformer->depth = 3;
  forms[1].taps = {1, 2};
  forms[1].head.pooling = Pooling::mean_max;
  forms[1].head.input = HeadInput::both;
  forms[1].head.scaling = head_spec::Scaling::rms;
  forms[1].in_parts = true;
  forms[1].knows_classes = true;
  forms[1].head.known_norm_epsilon = 1e-3;
  forms[2].network.input.patch_frames = 100;  // and a part of a token
  forms[2].taps = {1};
  forms[2].head.pooling = Pooling::attention;
  forms[2].multi_label = true;
  forms[2].patch_hop_frames = 48;
  forms[3].network.input.patch_frames = 96;
  forms[3].network.input.top_db = 40;  // bites in noise with silence
  forms[3].patch_hop_frames = 150;
  forms[4].network.input = frontend::InputRecipe();
  forms[4].patch_hop_frames = 48;
  forms[5].network.input.patch_frames = 96;  // as importer --patch-frames makes them
  forms[5].network.input.centered = false;
  forms[5].network.input.min_patch_frames = 0;
  forms[5].network.input.top_db = 40;
  forms[5].patch_hop_frames = 48;
  return forms;
}

std::string text_of(const ModelForm& form) {
  return head_spec::to_json(form.head).dump() + " hop " + std::to_string(form.patch_hop_frames) + " at " +
         std::to_string(form.network.input.sample_rate_hz) + " Hz";
}

std::vector<float> noise_with_silence(std::int64_t samples, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> waveform(static_cast<std::size_t>(samples));
  for (std::size_t i = 0; i < waveform.size(); ++i) {
    const float loudness = std::vector<float>{0.3F, 0.01F, 0.1F, 0.0F, 0.2F}[i / 4000 % 5];
    waveform[i] = std::clamp(loudness * normal(generator), -1.0F, 1.0F);
  }
  return waveform;
}

}  // namespace soundfold::testing
