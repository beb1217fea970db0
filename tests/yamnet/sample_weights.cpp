#include "sample_weights.h"

#include <cmath>
#include <random>

namespace soundfold::yamnet::testing {
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

}  // namespace

Weights random_weights(int width_divisor, std::int64_t classes, unsigned seed, Activation activation) {
  std::mt19937 random(seed);
  Weights weights;
  weights.layers = yamnet_layers();
  for (auto& layer : weights.layers) {
    if (layer.kind != ConvLayer::Kind::full) layer.in_channels /= width_divisor;
    layer.out_channels /= width_divisor;
    const std::int64_t taps = layer.kind == ConvLayer::Kind::pointwise ? 1 : 9;
    const std::int64_t fan_in = taps * (layer.kind == ConvLayer::Kind::depthwise ? 1 : layer.in_channels);
    const float bound = std::sqrt(6.0F / static_cast<float>(fan_in));
    layer.kernel = uniform(random, layer.out_channels * fan_in, -bound, bound);
    layer.beta = uniform(random, layer.out_channels, -0.5F, 0.5F);
    layer.mean = uniform(random, layer.out_channels, -0.5F, 0.5F);
    layer.variance = uniform(random, layer.out_channels, 0.5F, 1.5F);
  }
  weights.classifier_kernel = uniform(random, classes * weights.embedding_size(), -0.1F, 0.1F);
  weights.classifier_bias = uniform(random, classes, -0.5F, 0.5F);
  weights.activation = activation;
  for (std::int64_t i = 0; i < classes; ++i) weights.class_names.push_back("class " + std::to_string(i));
  weights.source = "random values, seed " + std::to_string(seed);
  return weights;
}

Quantization random_quantization(const Weights& weights, unsigned seed) {
  std::mt19937 random(seed);
  Quantization quantization;
  quantization.input_scale = 0.048F;
  quantization.input_zero_point = 16;
  for (const auto& layer : weights.layers) {
    const auto channels = static_cast<std::size_t>(layer.out_channels);
    quantization.layers.push_back(random_layer(random, layer.name, layer.kernel.size(), channels, channels));
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

}  // namespace soundfold::yamnet::testing
