// SPDX-License-Identifier: Apache-2.0
#include "weights/sample_weights.h"

#include <cmath>
#include <random>
#include <utility>

namespace soundfold::weights::testing {
namespace {

std::vector<float> uniform(std::mt19937& random, std::int64_t count, float low, float high) {
  std::uniform_real_distribution<float> value(low, high);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (auto& v : values) v = value(random);
  return values;
}

QuantizedLayer random_layer(std::mt19937& random, const std::string& name, std::size_t kernel, std::size_t scales,
                            std::size_t biases) {
  QuantizedLayer layer;
  layer.name = name;
  for (std::size_t i = 0; i < kernel; ++i) layer.kernel.push_back(static_cast<std::int8_t>(random() & 0xFFU));
  layer.kernel_scales = uniform(random, static_cast<std::int64_t>(scales), 0.001F, 0.1F);
  for (std::size_t i = 0; i < biases; ++i) layer.bias.push_back(static_cast<std::int32_t>(random()));
  layer.output_scale = uniform(random, 1, 0.001F, 0.1F)[0];
  layer.output_zero_point = static_cast<int>(random() % 256) - 128;
  return layer;
}

template <typename Change>
network::Description yamnet_with_channels(Change change) {
  const auto yamnet = network::yamnet_description();
  std::vector<std::int64_t> channels;
  for (const auto& block : network::blocks(yamnet)) {
    channels.push_back(change(yamnet.layers[block.last_layer()].out_channels));
  }
  return network::with_channels(yamnet, channels);
}

}  // namespace

Weights random_weights(network::Description network, std::int64_t classes, unsigned seed,
                       network::Activation activation) {
  std::mt19937 random(seed);
  Weights weights;
  weights.network = std::move(network);
  weights.network.class_count = classes;
  weights.network.activation = activation;
  for (const auto& layer : weights.network.layers) {
    const float bound = std::sqrt(6.0F / static_cast<float>(layer.taps()));
    network::LayerValues values;
    values.kernel = uniform(random, layer.kernel_size(), -bound, bound);
    values.beta = uniform(random, layer.out_channels, -0.5F, 0.5F);
    values.mean = uniform(random, layer.out_channels, -0.5F, 0.5F);
    values.variance = uniform(random, layer.out_channels, 0.5F, 1.5F);
    weights.layers.push_back(std::move(values));
  }
  weights.classifier_kernel = uniform(random, classes * weights.embedding_size(), -0.1F, 0.1F);
  weights.classifier_bias = uniform(random, classes, -0.5F, 0.5F);
  for (std::int64_t i = 0; i < classes; ++i) weights.class_names.push_back("class " + std::to_string(i));
  weights.source = "random values, seed " + std::to_string(seed);
  return weights;
}

Weights random_weights(int width_divisor, std::int64_t classes, unsigned seed, network::Activation activation) {
  auto network = yamnet_with_channels([&](std::int64_t channels) { return channels / width_divisor; });
  return random_weights(std::move(network), classes, seed, activation);
}

network::Description odd_network() {
  return yamnet_with_channels([](std::int64_t channels) { return channels / 13 + 1; });
}

network::Description other_geometry() {
  using Kind = network::LayerKind;
  network::Description description;
  description.layers = {{"stem", Kind::full, 3, 2, 1, 6},
                        {"wide.depthwise", Kind::depthwise, 5, 2, 6, 6},
                        {"wide.pointwise", Kind::pointwise, 1, 1, 6, 10},
                        {"deep", Kind::full, 3, 1, 10, 12},
                        {"last.depthwise", Kind::depthwise, 3, 1, 12, 12},
                        {"last.pointwise", Kind::pointwise, 1, 1, 12, 7}};
  description.batch_norm_epsilon = 1e-3;
  auto& input = description.input;
  input.sample_rate_hz = 32'000;
  input.window_samples = 800;
  input.hop_samples = 320;
  input.fft_length = 1'024;
  input.mel_bands = 128;
  input.mel_high_hz = 15'000;
  input.patch_frames = 48;
  input.patch_hop_frames = 24;
  return description;
}

Quantization working_quantization(const Weights& weights, unsigned seed) {
  std::mt19937 random(seed);
  Quantization quantization = random_quantization(weights, seed);
  // An input's values reach 6; its zero point is not that of the activations, as in the published file.
  const auto settle = [&](QuantizedLayer& layer, double source_scale, double output_scale) {
    const std::size_t fan_in = layer.kernel.size() / layer.bias.size();
    layer.output_scale = static_cast<float>(output_scale);
    const double spread = std::sqrt(6.0 / static_cast<double>(fan_in));
    for (auto& scale : layer.kernel_scales) scale = uniform(random, 1, 0.7F, 1.4F)[0] / 127 * spread;
    for (std::size_t o = 0; o < layer.bias.size(); ++o) {
      const double unit = source_scale * layer.kernel_scales[o % layer.kernel_scales.size()];
      layer.bias[o] = static_cast<std::int32_t>(uniform(random, 1, -0.5F, 0.7F)[0] / unit);
    }
  };
  double source_scale = quantization.input_scale;
  for (std::size_t i = 0; i < quantization.layers.size(); ++i) {
    QuantizedLayer& layer = quantization.layers[i];
    // Mostly 6/255 as in the file; coarser (6 lies below the largest quantised value) and finer ones in between.
    const double output_scale = i % 5 == 3 ? 0.03 : (i % 5 == 4 ? 0.0209 : 6.0 / 255);
    layer.output_zero_point = -128;
    settle(layer, source_scale, output_scale);
    source_scale = layer.output_scale;
  }
  settle(quantization.classifier, quantization.mean_scale, 0.05);
  quantization.classifier.output_zero_point = 100;
  return quantization;
}

Quantization random_quantization(const Weights& weights, unsigned seed) {
  std::mt19937 random(seed);
  Quantization quantization;
  quantization.input_scale = 0.048F;
  quantization.input_zero_point = 16;
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    const auto& values = weights.layers[i];
    const std::size_t channels = values.beta.size();
    quantization.layers.push_back(
        random_layer(random, weights.network.layers[i].name, values.kernel.size(), channels, channels));
  }
  quantization.mean_scale = 0.022F;
  quantization.mean_zero_point = -128;
  quantization.classifier =
      random_layer(random, "classifier", weights.classifier_kernel.size(), 1, weights.classifier_bias.size());
  return quantization;
}

std::vector<float> random_waveform(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  return uniform(random, count, -1.0F, 1.0F);
}

std::string class_map_text(int classes) {
  std::string text = "index,mid,display_name\r\n";
  for (int i = 0; i < classes; ++i) {
    text += std::to_string(i) + ",/m/" + std::to_string(i) + ",\"class " + std::to_string(i) + "\"\r\n";
  }
  return text;
}

}  // namespace soundfold::weights::testing
