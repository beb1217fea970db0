// SPDX-License-Identifier: Apache-2.0
#include "weights/quantization.h"

#include "support/errors.h"
#include "text/json_number.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace soundfold::weights {
namespace {

using Json = nlohmann::ordered_json;

Json layer_json(const QuantizedLayer& layer) {
  return {{"name", layer.name}, {"output_scale", layer.output_scale}, {"output_zero_point", layer.output_zero_point}};
}

/// json[key] as a float32.
float real_number(const Json& json, const char* key) {
  const auto value = json.at(key).get<double>();
  if (!(std::abs(value) <= std::numeric_limits<float>::max())) {
    throw DataError(std::string(key) + " is beyond the numbers of 32 bits; the file is damaged");
  }
  return static_cast<float>(value);
}

QuantizedLayer quantized_layer(const Json& json) {
  QuantizedLayer layer;
  layer.name = json.at("name").get<std::string>();
  layer.output_scale = real_number(json, "output_scale");
  layer.output_zero_point = whole_number(json, "output_zero_point");
  return layer;
}

template <typename Value>
void append(std::string& bytes, const std::vector<Value>& values) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value));
}

template <typename Value>
std::size_t take_values(std::string_view bytes, std::size_t offset, std::size_t count, std::vector<Value>& values) {
  values.resize(count);
  std::memcpy(values.data(), bytes.data() + offset, count * sizeof(Value));
  return offset + count * sizeof(Value);
}

/// Sizes of one layer's arrays.
struct Sizes {
  std::size_t kernel, scales, bias;
  std::size_t bytes() const { return kernel + 4 * scales + 4 * bias; }
};

std::vector<Sizes> array_sizes(const Weights& weights) {
  std::vector<Sizes> sizes;
  for (const auto& layer : weights.layers) {
    const std::size_t channels = layer.beta.size();
    sizes.push_back({layer.kernel.size(), channels, channels});
  }
  sizes.push_back({weights.classifier_kernel.size(), 1, weights.classifier_bias.size()});
  return sizes;
}

void check_numbers(const std::string& where, const std::vector<float>& scales, int zero_point) {
  const bool usable = std::all_of(scales.begin(), scales.end(), [](float x) { return std::isfinite(x) && x > 0; });
  if (!usable) throw DataError(where + " has a scale that is not above 0; the file is damaged");
  if (zero_point >= -128 && zero_point <= 127) return;
  throw DataError(where + " has the zero point " + std::to_string(zero_point) +
                  ", allowed are -128 to 127; the file is damaged");
}

}  // namespace

nlohmann::ordered_json quantization_json(const Quantization& quantization) {
  Json layers = Json::array();
  for (const auto& layer : quantization.layers) layers.push_back(layer_json(layer));
  return {{"input_scale", quantization.input_scale},
          {"input_zero_point", quantization.input_zero_point},
          {"layers", layers},
          {"mean_scale", quantization.mean_scale},
          {"mean_zero_point", quantization.mean_zero_point},
          {"classifier", layer_json(quantization.classifier)}};
}

Quantization quantization_from(const nlohmann::ordered_json& json) {
  Quantization quantization;
  quantization.input_scale = real_number(json, "input_scale");
  quantization.input_zero_point = whole_number(json, "input_zero_point");
  for (const auto& layer : json.at("layers")) quantization.layers.push_back(quantized_layer(layer));
  quantization.mean_scale = real_number(json, "mean_scale");
  quantization.mean_zero_point = whole_number(json, "mean_zero_point");
  quantization.classifier = quantized_layer(json.at("classifier"));
  return quantization;
}

std::string quantization_bytes(const Quantization& quantization) {
  std::string bytes;
  const auto append_layer = [&](const QuantizedLayer& layer) {
    append(bytes, layer.kernel);
    append(bytes, layer.kernel_scales);
    append(bytes, layer.bias);
  };
  for (const auto& layer : quantization.layers) append_layer(layer);
  append_layer(quantization.classifier);
  return bytes;
}

void fill_quantization(Quantization& quantization, std::string_view bytes, const Weights& weights,
                       const std::string& name) {
  const auto sizes = array_sizes(weights);
  std::size_t expected = 0;
  for (const auto& layer : sizes) expected += layer.bytes();
  if (quantization.layers.size() != weights.layers.size() || bytes.size() != expected) {
    throw DataError(name + ": its quantisation does not fit its layers (" + std::to_string(bytes.size()) +
                    " bytes, expected " + std::to_string(expected) + "); the file is damaged");
  }
  std::size_t offset = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    QuantizedLayer& layer = i < quantization.layers.size() ? quantization.layers[i] : quantization.classifier;
    offset = take_values(bytes, offset, sizes[i].kernel, layer.kernel);
    offset = take_values(bytes, offset, sizes[i].scales, layer.kernel_scales);
    offset = take_values(bytes, offset, sizes[i].bias, layer.bias);
  }
}

void check_quantization(const Quantization& quantization, const std::string& name) {
  const auto check_layer = [&](const QuantizedLayer& layer) {
    check_numbers(name + ": int8 arithmetic of " + layer.name, layer.kernel_scales, layer.output_zero_point);
    check_numbers(name + ": int8 output of " + layer.name, {layer.output_scale}, layer.output_zero_point);
  };
  check_numbers(name + ": int8 input", {quantization.input_scale}, quantization.input_zero_point);
  check_numbers(name + ": int8 mean", {quantization.mean_scale}, quantization.mean_zero_point);
  for (const auto& layer : quantization.layers) check_layer(layer);
  check_layer(quantization.classifier);
}

}  // namespace soundfold::weights
