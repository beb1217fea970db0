// SPDX-License-Identifier: Apache-2.0
#include "network/description_text.h"

#include "support/errors.h"
#include "text/choice.h"
#include "text/json_depth.h"
#include "text/json_number.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace soundfold::network {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostTextBytes = 1'000'000, kMostLayers = 1'000;

/// The whole numbers of an input, by their names in JSON.
using InputNumber = int frontend::InputRecipe::*;
const std::pair<const char*, InputNumber> kInputNumbers[] = {
    {"sample_rate_hz", &frontend::InputRecipe::sample_rate_hz},
    {"window_samples", &frontend::InputRecipe::window_samples},
    {"hop_samples", &frontend::InputRecipe::hop_samples},
    {"fft_length", &frontend::InputRecipe::fft_length},
    {"mel_bands", &frontend::InputRecipe::mel_bands},
    {"patch_frames", &frontend::InputRecipe::patch_frames},
    {"patch_hop_frames", &frontend::InputRecipe::patch_hop_frames}};

const std::pair<const char*, bool frontend::InputRecipe::*> kInputSwitches[] = {
    {"centered", &frontend::InputRecipe::centered},
    {"power", &frontend::InputRecipe::power},
    {"triangles_in_hz", &frontend::InputRecipe::triangles_in_hz},
    {"symmetric_window", &frontend::InputRecipe::symmetric_window},
    {"decibels", &frontend::InputRecipe::decibels}};

/// What only other front ends than YAMNet's have; files of networks without it stay as they were.
void add_forms(Json& json, const frontend::InputRecipe& input) {
  for (const auto& [name, value] : kInputSwitches) {
    if (input.*value) json[name] = true;
  }
  if (input.top_db != 0) json["top_db"] = input.top_db;
  if (input.preemphasis != 0) json["preemphasis"] = input.preemphasis;
  if (input.min_patch_frames != 0) json["min_patch_frames"] = input.min_patch_frames;
  if (input.row_frames != 0) json["row_frames"] = input.row_frames;
}

void apply_forms(frontend::InputRecipe& input, const Json& json) {
  for (const auto& [name, value] : kInputSwitches) input.*value = json.value(name, false);
  input.top_db = json.value("top_db", 0.0);
  input.preemphasis = json.value("preemphasis", 0.0);
  const auto number_or_0 = [&](const char* name) { return json.contains(name) ? whole_number(json, name) : 0; };
  input.min_patch_frames = number_or_0("min_patch_frames");
  input.row_frames = number_or_0("row_frames");
}

Json recipe_json(const Description& network) {
  const frontend::InputRecipe& input = network.input;
  Json json{{"batch_norm_epsilon", network.batch_norm_epsilon},
            {"mel_low_hz", input.mel_low_hz},
            {"mel_high_hz", input.mel_high_hz},
            {"log_offset", input.log_offset}};
  for (const auto& [name, number] : kInputNumbers) json[name] = input.*number;
  add_forms(json, input);
  return json;
}

void apply_recipe(Description& network, const Json& json) {
  network.batch_norm_epsilon = json.at("batch_norm_epsilon").get<double>();
  network.input.mel_low_hz = json.at("mel_low_hz").get<double>();
  network.input.mel_high_hz = json.at("mel_high_hz").get<double>();
  network.input.log_offset = json.at("log_offset").get<double>();
  for (const auto& [name, number] : kInputNumbers) network.input.*number = whole_number(json, name);
  apply_forms(network.input, json);
  if (!(network.batch_norm_epsilon > 0 && network.batch_norm_epsilon < 1)) {
    throw DataError("batch_norm_epsilon is not between 0 and 1");
  }
  frontend::check_recipe(network.input);
}

/// The whole numbers and the epsilons of a transformer.
const std::pair<const char*, std::int64_t Transformer::*> kTransformerNumbers[] = {
    {"embedding_size", &Transformer::embedding_size},
    {"heads", &Transformer::heads},
    {"depth", &Transformer::depth},
    {"mlp_size", &Transformer::mlp_size},
    {"token_side", &Transformer::token_side},
    {"max_columns", &Transformer::max_columns}};
const std::pair<const char*, double Transformer::*> kTransformerEpsilons[] = {
    {"input_norm_epsilon", &Transformer::input_norm_epsilon},
    {"norm_epsilon", &Transformer::norm_epsilon},
    {"head_norm_epsilon", &Transformer::head_norm_epsilon}};

Json transformer_json(const Transformer& transformer) {
  Json json;
  for (const auto& [name, number] : kTransformerNumbers) json[name] = transformer.*number;
  for (const auto& [name, epsilon] : kTransformerEpsilons) json[name] = transformer.*epsilon;
  return json;
}

Transformer transformer_of(const Json& json) {
  Transformer transformer;
  for (const auto& [name, number] : kTransformerNumbers) transformer.*number = whole_number(json, name);
  for (const auto& [name, epsilon] : kTransformerEpsilons) transformer.*epsilon = json.at(name).get<double>();
  return transformer;
}

/// The whole numbers of a MobileNet and of each of its blocks.
const std::pair<const char*, std::int64_t MobileNet::*> kMobileNetNumbers[] = {
    {"stem_channels", &MobileNet::stem_channels},
    {"last_channels", &MobileNet::last_channels},
    {"hidden_size", &MobileNet::hidden_size}};
const std::pair<const char*, std::int64_t InvertedResidual::*> kResidualNumbers[] = {
    {"expanded_channels", &InvertedResidual::expanded_channels},
    {"out_channels", &InvertedResidual::out_channels},
    {"squeeze_channels", &InvertedResidual::squeeze_channels}};

Json mobilenet_json(const MobileNet& network) {
  Json json{{"input_shift", network.input_shift}, {"input_factor", network.input_factor}};
  for (const auto& [name, number] : kMobileNetNumbers) json[name] = network.*number;
  json["blocks"] = Json::array();
  for (const auto& block : network.blocks) {
    Json of_block{{"side", block.side}, {"stride", block.stride}};
    for (const auto& [name, number] : kResidualNumbers) of_block[name] = block.*number;
    of_block["hard_swish"] = block.hard_swish;
    json["blocks"].push_back(std::move(of_block));
  }
  return json;
}

MobileNet mobilenet_of(const Json& json) {
  MobileNet network;
  network.input_shift = json.at("input_shift").get<double>();
  network.input_factor = json.at("input_factor").get<double>();
  for (const auto& [name, number] : kMobileNetNumbers) network.*number = whole_number(json, name);
  const Json& blocks = json.at("blocks");
  if (!blocks.is_array() || blocks.size() > kMostLayers) throw DataError("blocks is not a list, or too long");
  for (const auto& of_block : blocks) {
    InvertedResidual block;
    block.side = whole_number(of_block, "side");
    block.stride = whole_number(of_block, "stride");
    for (const auto& [name, number] : kResidualNumbers) block.*number = whole_number(of_block, name);
    block.hard_swish = of_block.at("hard_swish").get<bool>();
    network.blocks.push_back(block);
  }
  return network;
}

Layer layer_of(const Json& json) {
  Layer layer;
  layer.name = json.at("name").get<std::string>();
  const auto kind = choice_named<LayerKind>(json.at("kind").get<std::string>());
  if (!kind) throw DataError("a layer of unknown kind");
  layer.kind = *kind;
  layer.side = whole_number(json, "side");
  layer.stride = whole_number(json, "stride");
  return layer;
}

/// Gives `use` the JSON of a text; any fault becomes a DataError about `what`.
template <typename Use>
void with_json(const std::string& text, const char* what, Use use) {
  try {
    if (text.size() > kMostTextBytes || nested_deeper_than(text)) throw DataError("too large, or nested too deeply");
    use(Json::parse(text));
  } catch (const std::exception& error) {
    throw DataError(std::string(what) + " is incomplete or damaged: " + shown(error.what()));
  }
}

}  // namespace

std::string recipe_text(const Description& network) {
  const Description yamnet;
  const bool own = network.batch_norm_epsilon == yamnet.batch_norm_epsilon && network.input == yamnet.input;
  return own ? "" : recipe_json(network).dump();
}

void set_recipe(Description& network, const std::string& text) {
  with_json(text, "the network's recipe", [&](const Json& json) { apply_recipe(network, json); });
}

bool is_of_yamnet_family(const Description& network) {
  const auto yamnet = yamnet_description();
  const auto same = [](const Layer& a, const Layer& b) {
    return a.name == b.name && a.kind == b.kind && a.side == b.side;
  };
  return recipe_text(network).empty() &&
         std::equal(network.layers.begin(), network.layers.end(), yamnet.layers.begin(), yamnet.layers.end(), same);
}

std::string geometry_text(const Description& network) {
  if (network.transformer) {
    return Json{{"transformer", transformer_json(*network.transformer)}, {"recipe", recipe_json(network)}}.dump();
  }
  if (network.mobilenet) {
    return Json{{"mobilenet", mobilenet_json(*network.mobilenet)}, {"recipe", recipe_json(network)}}.dump();
  }
  Json layers = Json::array();
  for (const auto& layer : network.layers) {
    layers.push_back(
        {{"name", layer.name}, {"kind", name_of(layer.kind)}, {"side", layer.side}, {"stride", layer.stride}});
  }
  return Json{{"layers", layers}, {"recipe", recipe_json(network)}}.dump();
}

Description described(const std::string& text) {
  Description network;
  with_json(text, "the network's description", [&](const Json& json) {
    apply_recipe(network, json.at("recipe"));
    if (json.contains("transformer")) network.transformer = transformer_of(json.at("transformer"));
    if (json.contains("mobilenet")) network.mobilenet = mobilenet_of(json.at("mobilenet"));
    if (!network.has_layers()) return check(network);
    const Json& layers = json.at("layers");
    if (!layers.is_array() || layers.empty() || layers.size() > kMostLayers) {
      throw DataError("layers is not a list of 1 to " + std::to_string(kMostLayers));
    }
    for (const auto& layer : layers) network.layers.push_back(layer_of(layer));
  });
  return network;
}

}  // namespace soundfold::network
