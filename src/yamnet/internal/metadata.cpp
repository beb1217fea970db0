// SPDX-License-Identifier: Apache-2.0
#include "yamnet/internal/metadata.h"

#include "support/errors.h"
#include "text/json_depth.h"
#include "text/json_number.h"
#include "text/text.h"
#include "yamnet/archive.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace soundfold::yamnet {
namespace {

using Json = nlohmann::ordered_json;

// The largest real one has 7 kB. JSON values take many times the room of their text.
constexpr std::size_t kMaxTextBytes = 1'000'000;

Json layer_json(const weights::QuantizedLayer& layer) {
  return {{"name", layer.name}, {"output_scale", layer.output_scale}, {"output_zero_point", layer.output_zero_point}};
}

/// json[key] as a float32.
float real_number(const Json& json, const char* key) {
  const auto value = json.at(key).get<double>();
  if (!(std::abs(value) <= std::numeric_limits<float>::max())) {
    throw DataError(std::string(key) + " is beyond the numbers of 32 bits");
  }
  return static_cast<float>(value);
}

weights::QuantizedLayer quantized_layer(const Json& json) {
  weights::QuantizedLayer layer;
  layer.name = json.at("name").get<std::string>();
  layer.output_scale = real_number(json, "output_scale");
  layer.output_zero_point = whole_number(json, "output_zero_point");
  return layer;
}

Json quantization_json(const weights::Quantization& quantization) {
  Json layers = Json::array();
  for (const auto& layer : quantization.layers) layers.push_back(layer_json(layer));
  return {{"input_scale", quantization.input_scale},
          {"input_zero_point", quantization.input_zero_point},
          {"layers", layers},
          {"mean_scale", quantization.mean_scale},
          {"mean_zero_point", quantization.mean_zero_point},
          {"classifier", layer_json(quantization.classifier)}};
}

weights::Quantization quantization_from(const Json& json) {
  weights::Quantization quantization;
  quantization.input_scale = real_number(json, "input_scale");
  quantization.input_zero_point = whole_number(json, "input_zero_point");
  for (const auto& layer : json.at("layers")) quantization.layers.push_back(quantized_layer(layer));
  quantization.mean_scale = real_number(json, "mean_scale");
  quantization.mean_zero_point = whole_number(json, "mean_zero_point");
  quantization.classifier = quantized_layer(json.at("classifier"));
  return quantization;
}

Metadata metadata_from(const Json& json) {
  Metadata metadata;
  metadata.format_version = whole_number(json, "format_version");
  metadata.weights_digest = json.at("weights_digest").get<std::string>();
  metadata.source = json.at("source").get<std::string>();
  metadata.class_count = whole_number(json, "class_count");
  metadata.embedding_size = whole_number(json, "embedding_size");
  metadata.patch_hop_frames = whole_number(json, "patch_hop_frames");
  const auto name = json.at("activation").get<std::string>();
  const auto activation = network::activation_from_name(name);
  if (!activation) throw DataError("activation '" + name + "'");
  metadata.activation = *activation;
  if (json.contains("quantization")) metadata.quantization = quantization_from(json.at("quantization"));
  return metadata;
}

Json parse_json(const std::string& text, const std::string& name) {
  if (text.size() > kMaxTextBytes) throw DataError(name + ": its " + kMetadataEntry + " is too large");
  if (nested_deeper_than(text)) throw DataError(name + ": its " + kMetadataEntry + " is nested too deeply");
  return Json::parse(text, nullptr, false);
}

template <typename Value>
void append(std::string& bytes, const std::vector<Value>& values) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value));
}

template <typename Value>
std::size_t take_values(const std::string& bytes, std::size_t offset, std::size_t count, std::vector<Value>& values) {
  values.resize(count);
  std::memcpy(values.data(), bytes.data() + offset, count * sizeof(Value));
  return offset + count * sizeof(Value);
}

/// Sizes of one layer's arrays.
struct Sizes {
  std::size_t kernel, scales, bias;
  std::size_t bytes() const { return kernel + 4 * scales + 4 * bias; }
};

std::vector<Sizes> array_sizes(const weights::Weights& weights) {
  std::vector<Sizes> sizes;
  for (const auto& layer : weights.layers) {
    const std::size_t channels = layer.beta.size();
    sizes.push_back({layer.kernel.size(), channels, channels});
  }
  sizes.push_back({weights.classifier_kernel.size(), 1, weights.classifier_bias.size()});
  return sizes;
}

}  // namespace

std::string metadata_text(const Metadata& metadata) {
  Json json{{"kind", kBackboneKind},
            {"format_version", metadata.format_version},
            {"weights_digest", metadata.weights_digest},
            {"source", metadata.source},
            {"class_count", metadata.class_count},
            {"embedding_size", metadata.embedding_size},
            {"activation", network::activation_name(metadata.activation)},
            {"patch_hop_frames", metadata.patch_hop_frames}};
  if (metadata.quantization) json["quantization"] = quantization_json(*metadata.quantization);
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Metadata parse_metadata(const std::string& text, const std::string& name) {
  const Json json = parse_json(text, name);
  if (!json.is_object() || json.value("kind", Json()) != kBackboneKind || !json.contains("format_version")) {
    throw DataError(name + ": its " + kMetadataEntry +
                    " is not one of Soundfold's YAMNet files; make it with importer");
  }
  const Json& version = json.at("format_version");
  if (!version.is_number_integer() || version.get<std::int64_t>() < 1) {
    throw DataError(name + ": its format_version is not a number from 1 up");
  }
  if (version.get<std::int64_t>() > kFormatVersion) {
    throw DataError(name + ": format version " + version.dump() + ", this program knows versions up to " +
                    std::to_string(kFormatVersion) + "; use a newer Soundfold or import the weights again");
  }
  try {
    return metadata_from(json);
  } catch (const std::exception& error) {
    throw DataError(name + ": its " + kMetadataEntry + " is incomplete or damaged: " + shown(error.what()));
  }
}

std::string quantization_bytes(const weights::Quantization& quantization) {
  std::string bytes;
  const auto append_layer = [&](const weights::QuantizedLayer& layer) {
    append(bytes, layer.kernel);
    append(bytes, layer.kernel_scales);
    append(bytes, layer.bias);
  };
  for (const auto& layer : quantization.layers) append_layer(layer);
  append_layer(quantization.classifier);
  return bytes;
}

void fill_quantization(weights::Quantization& quantization, const std::string& bytes, const weights::Weights& weights,
                       const std::string& name) {
  const auto sizes = array_sizes(weights);
  std::size_t expected = 0;
  for (const auto& layer : sizes) expected += layer.bytes();
  if (quantization.layers.size() != weights.layers.size() || bytes.size() != expected) {
    throw DataError(name + ": its quantisation does not fit its layers (" + std::to_string(bytes.size()) +
                    " bytes, expected " + std::to_string(expected) + "); import the weights again");
  }
  std::size_t offset = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    weights::QuantizedLayer& layer = i < quantization.layers.size() ? quantization.layers[i] : quantization.classifier;
    offset = take_values(bytes, offset, sizes[i].kernel, layer.kernel);
    offset = take_values(bytes, offset, sizes[i].scales, layer.kernel_scales);
    offset = take_values(bytes, offset, sizes[i].bias, layer.bias);
  }
}

}  // namespace soundfold::yamnet
