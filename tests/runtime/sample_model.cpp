// SPDX-License-Identifier: Apache-2.0
#include "runtime/sample_model.h"

#include "weights/sample_weights.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

namespace soundfold::testing {

runtime::HeadValues random_head_values(head_spec::HeadSpec spec, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> share(-1.0F, 1.0F), scale(0.5F, 2.0F);
  runtime::HeadValues head;
  for (auto& [name, sizes] : head_spec::tensor_shapes(spec)) {
    std::int64_t count = 1;
    for (const auto size : sizes) count *= size;
    const bool scales = name == "input_scale" || name.rfind("norm", 0) == 0;
    const float most = sizes.size() == 2 ? std::min(0.7F, std::sqrt(3.0F / static_cast<float>(sizes[1]))) : 0.7F;
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = scales ? scale(random) : most * share(random);
    head.tensors[name] = {std::move(sizes), std::move(values)};
  }
  head.spec = std::move(spec);
  return head;
}

runtime::ModelFile sample_model(const std::string& pooling, unsigned seed) {
  runtime::ModelFile model;
  model.backbone = weights::testing::random_weights(16, 5, seed, network::Activation::relu6);
  model.backbone.class_names = {"Speech", "Dog", "Cat", "Rain", "Silence"};
  head_spec::HeadSpec spec;
  spec.input = head_spec::HeadInput::both;
  spec.input_size = model.backbone.embedding_size() + 5;
  spec.class_count = 3;
  spec.hidden = {6};
  spec.pooling = choice_named<head_spec::Pooling>(pooling).value();
  model.head = random_head_values(std::move(spec), seed);
  model.class_names = {"dog", "cat", "rain"};
  model.decision.silence_gate = evaluation::SilenceGate{-60, 1};
  model.weights_digest = "0123456789abcdef0123456789abcdef";
  model.metadata = {{"experiment", "made up"}, {"created_by", "soundfold"}};
  return model;
}

std::vector<float> changing_noise(std::int64_t samples, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<std::size_t>(samples));
  float loudness = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 16'000 == 0) loudness = 0.05F + 0.9F * std::abs(uniform(random));
    values[i] = loudness * uniform(random);
  }
  return values;
}

}  // namespace soundfold::testing
