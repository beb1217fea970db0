// SPDX-License-Identifier: Apache-2.0
#include "deploy/small_model.h"

#include "finetuning/tiny_network.h"
#include "heads/prediction.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

namespace soundfold::testing {

yamnet::LoadedModule small_backbone(int patch_hop_frames) {
  weights::Weights weights = tiny_network(7);
  for (float& value : weights.classifier_kernel) value *= 0.3F;  // no score saturates
  weights.class_names = {"Speech", "Dog", "Cat", "Rain", "Silence"};
  yamnet::LoadedModule loaded;
  loaded.module = yamnet::build_module(weights, patch_hop_frames);
  loaded.weights_digest = yamnet::tensors_digest(loaded.module);
  loaded.source = weights.source;
  loaded.network = weights.network;
  loaded.class_names = weights.class_names;
  loaded.embedding_size = weights.embedding_size();
  loaded.patch_hop_frames = patch_hop_frames;
  return loaded;
}

heads::HeadSpec small_spec(const yamnet::LoadedModule& backbone, const std::string& input, const std::string& pooling,
                           std::int64_t class_count) {
  heads::HeadSpec spec;
  spec.input = choice_named<config::HeadInput>(input).value();
  spec.input_size =
      heads::input_size(spec.input, backbone.embedding_size, static_cast<std::int64_t>(backbone.class_names.size()));
  spec.class_count = class_count;
  spec.hidden = {6};
  spec.pooling = choice_named<config::Pooling>(pooling).value();
  return spec;
}

void for_every_head(const yamnet::LoadedModule& backbone,
                    const std::function<void(const heads::HeadSpec& spec)>& check) {
  for (const auto& input : choice_names<config::HeadInput>()) {
    for (const auto& pooling : choice_names<config::Pooling>()) {
      for (const auto& normalization : choice_names<config::Normalization>()) {
        auto spec = small_spec(backbone, input, pooling);
        spec.normalization = choice_named<config::Normalization>(normalization).value();
        spec.hidden = {16, 12};
        spec.activation = config::Activation::tanh;
        spec.dropout = 0.5;
        spec.standardize = normalization != "none";
        INFO(input << " " << pooling << " " << normalization);
        check(spec);
      }
    }
  }
}

heads::Head random_head(const heads::HeadSpec& spec) {
  const torch::NoGradGuard no_gradients;
  auto generator = at::detail::createCPUGenerator(3);
  heads::Head head(spec);
  for (auto& parameter : head->named_parameters()) parameter.value().normal_(0, 0.7, generator);
  for (auto& buffer : head->named_buffers()) {
    if (buffer.value().is_floating_point()) buffer.value().uniform_(0.5, 2.0, generator);
  }
  head->eval();
  return head;
}

std::vector<float> made_up_waveform(std::int64_t samples, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<std::size_t>(samples));
  float smooth = 0, dullness = 0, loudness = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 20000 == 0) {
      dullness = 0.5F + 0.49F * uniform(random);
      loudness = std::pow(10.0F, uniform(random) - 1.0F);
    }
    smooth = dullness * smooth + (1 - dullness) * uniform(random);
    values[i] = loudness * smooth;
  }
  return values;
}

evaluation::DecisionRule rule_with(const std::optional<evaluation::SilenceGate>& gate) {
  evaluation::DecisionRule rule;
  rule.silence_gate = gate;
  return rule;
}

heads::Predictions trainer_logits(const yamnet::LoadedModule& backbone, heads::Head head,
                                  const std::vector<std::vector<float>>& waveforms) {
  torch::jit::Module network = backbone.module;
  std::vector<torch::Tensor> features, clips;
  heads::FeatureSet set;
  std::vector<std::int64_t> first_frame = {0};
  for (const auto& waveform : waveforms) {
    const auto outputs = network.forward({as_tensor(waveform)}).toTuple();
    const auto scores = outputs->elements()[0].toTensor(), embeddings = outputs->elements()[1].toTensor();
    const auto input = head->spec().input;
    const auto one = input == config::HeadInput::scores ? scores : embeddings;
    features.push_back(input == config::HeadInput::both ? torch::cat({embeddings, scores}, 1) : one);
    const std::int64_t frames = features.back().size(0);
    clips.push_back(torch::full({frames}, static_cast<std::int64_t>(set.clip_ids.size()), torch::kInt64));
    first_frame.push_back(first_frame.back() + frames);
    set.clip_ids.push_back("clip " + std::to_string(set.clip_ids.size()));
  }
  set.features = torch::cat(features).detach();
  set.clip_of_frame = torch::cat(clips);
  set.first_frame = torch::tensor(first_frame, torch::kInt64);
  set.targets = torch::zeros({static_cast<std::int64_t>(waveforms.size())}, torch::kInt64);
  return heads::predict(head, set);
}

deploy::ParityCase parity_case(const yamnet::LoadedModule& backbone, heads::Head head,
                               const std::vector<float>& waveform) {
  const auto logits = trainer_logits(backbone, head, {waveform}).clip_logits.contiguous();
  return {"made-up clip", waveform, {logits.data_ptr<float>(), logits.data_ptr<float>() + logits.numel()}};
}

torch::Tensor as_tensor(const std::vector<float>& values) {
  return torch::tensor(values, torch::kFloat32);
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.sizes() != b.sizes()) throw std::runtime_error("the tensors to compare differ in shape");
  return (a - b).abs().max().item<double>();
}

}  // namespace soundfold::testing
