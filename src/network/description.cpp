// SPDX-License-Identifier: Apache-2.0
#include "network/description.h"

#include "support/errors.h"

#include <algorithm>
#include <set>

namespace soundfold::network {
namespace {

/// Output channels and stride of each of YAMNet's blocks.
struct YamnetBlock {
  std::int64_t channels;
  int stride;
};
constexpr YamnetBlock kYamnetBlocks[] = {{32, 2},  {64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2},
                                         {512, 1}, {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};

std::string block_of(const Layer& layer) {
  return layer.name.substr(0, layer.name.find('.'));
}

bool is_block(const Description& network, const Block& block) {
  const Layer* layers = network.layers.data() + block.first_layer;
  if (block.layer_count == 1) return layers[0].kind == LayerKind::full && layers[0].name == block.name;
  return block.layer_count == 2 && layers[0].kind == LayerKind::depthwise && layers[1].kind == LayerKind::pointwise &&
         layers[0].name == block.name + ".depthwise" && layers[1].name == block.name + ".pointwise";
}

/// A letter, then letters, digits and underscores; 64 characters at most.
bool is_identifier(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && name.size() <= 64 && letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

void check_names(const std::vector<Block>& all) {
  std::set<std::string> names;
  for (const auto& block : all) {
    if (!is_identifier(block.name)) {
      throw UsageError("weights: a block's name must be a letter and then letters, digits and underscores, given: '" +
                       block.name.substr(0, 64) + "'");
    }
    if (!names.insert(block.name).second) throw UsageError("weights: " + block.name + " is the name of two blocks");
  }
}

void check_layer(const Layer& layer) {
  const bool pointwise = layer.kind == LayerKind::pointwise;
  if (layer.stride != 1 && (layer.stride != 2 || pointwise)) {
    throw UsageError("weights: " + layer.name + ": a stride of " + std::to_string(layer.stride));
  }
  if (pointwise ? layer.side == 1 : layer.side >= 3 && layer.side % 2 == 1) return;
  throw UsageError("weights: " + layer.name + ": a kernel of " + std::to_string(layer.side) + " by " +
                   std::to_string(layer.side));
}

/// Beyond every transformer that is known.
constexpr std::int64_t kMostValues = 8'192, kMostDepth = 64, kMostColumns = 4'096;

void refuse_transformer(bool problem, const std::string& text) {
  if (problem) throw UsageError("weights: transformer: " + text);
}

void check_transformer(const Description& network) {
  const Transformer& shape = *network.transformer;
  const auto within = [](std::int64_t value, std::int64_t most) { return value >= 1 && value <= most; };
  const auto is_epsilon = [](double value) { return value > 0 && value < 1; };
  refuse_transformer(!network.layers.empty() || network.mobilenet, "there are layers too");
  refuse_transformer(!within(shape.embedding_size, kMostValues) || !within(shape.mlp_size, 4 * kMostValues),
                     "embedding_size or mlp_size is not in 1 to 8192 (32768)");
  refuse_transformer(!within(shape.heads, shape.embedding_size) || shape.embedding_size % shape.heads != 0,
                     "the heads do not divide the embedding");
  refuse_transformer(!within(shape.depth, kMostDepth), "depth is not in 1 to 64");
  refuse_transformer(!within(shape.max_columns, kMostColumns), "max_columns is not in 1 to 4096");
  refuse_transformer(
      !is_epsilon(shape.input_norm_epsilon) || !is_epsilon(shape.norm_epsilon) || !is_epsilon(shape.head_norm_epsilon),
      "an epsilon is not between 0 and 1");
  frontend::check_recipe(network.input);
  const std::int64_t bands = network.input.mel_bands;
  refuse_transformer(!within(shape.token_side, bands) || bands % shape.token_side != 0,
                     "tokens do not divide the mel bands");
  const std::int64_t shortest =
      network.input.has_short_patches() ? network.input.min_patch_frames : network.input.patch_frames;
  refuse_transformer(shortest < shape.token_side, "a patch may be shorter than a token");
  refuse_transformer(network.input.row_frames != 0 && network.input.row_frames != shape.token_side,
                     "row_frames is not a token's side");
  refuse_transformer(network.input.patch_frames / shape.token_side > shape.max_columns,
                     "a patch has more columns than there are positions");
}

}  // namespace

std::string activation_name(Activation activation) {
  return activation == Activation::relu6 ? "relu6" : "relu";
}

std::optional<Activation> activation_from_name(const std::string& name) {
  if (name == "relu") return Activation::relu;
  if (name == "relu6") return Activation::relu6;
  return std::nullopt;
}

std::vector<std::int64_t> Layer::kernel_shape() const {
  return {out_channels, kind == LayerKind::depthwise ? 1 : in_channels, side, side};
}

std::int64_t Layer::taps() const {
  return (kind == LayerKind::depthwise ? 1 : in_channels) * side * side;
}

std::vector<NamedShape> named_tensors(const Description& network) {
  if (network.transformer) return transformer_tensors(*network.transformer, network.input.mel_bands);
  return network.mobilenet ? mobilenet_tensors(*network.mobilenet) : std::vector<NamedShape>();
}

std::vector<Block> blocks(const Description& network) {
  std::vector<Block> all;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const std::string name = block_of(network.layers[i]);
    if (all.empty() || all.back().name != name) all.push_back({name, i, 0});
    ++all.back().layer_count;
  }
  return all;
}

std::vector<MapShape> maps(const Description& network) {
  std::vector<MapShape> all{{1, network.input.patch_frames, network.input.mel_bands}};
  for (const auto& layer : network.layers) {
    const MapShape before = all.back();
    all.push_back({layer.out_channels, layer.convolved(before.frames), layer.convolved(before.bands)});
  }
  return all;
}

void check(const Description& network) {
  const auto& layers = network.layers;
  if (network.transformer) return check_transformer(network);
  if (network.mobilenet) {
    if (!layers.empty()) throw UsageError("weights: mobilenet: there are layers too");
    check_mobilenet(*network.mobilenet);
    return frontend::check_recipe(network.input);
  }
  if (layers.empty()) throw UsageError("weights: no layers");
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool follows = layers[i].in_channels == (i == 0 ? 1 : layers[i - 1].out_channels) &&
                         (layers[i].kind != LayerKind::depthwise || layers[i].out_channels == layers[i].in_channels);
    if (!follows && i > 0) throw UsageError("weights: " + layers[i].name + " does not follow " + layers[i - 1].name);
    if (!follows) throw UsageError("weights: " + layers[i].name + " does not take the one channel of a patch");
    check_layer(layers[i]);
  }
  frontend::check_recipe(network.input);
  check_names(blocks(network));
  for (const auto& block : blocks(network)) {
    if (is_block(network, block)) continue;
    throw UsageError("weights: " + block.name +
                     ": expected one convolution of that name, or a depthwise and then a pointwise layer");
  }
  if (layers.front().kind != LayerKind::full) throw UsageError("weights: the first layer must be a convolution");
  for (const auto& map : maps(network)) {
    if (map.values() < 1) throw UsageError("weights: the patch is too small for these strides");
  }
}

Description yamnet_description() {
  Description yamnet;
  yamnet.class_count = kYamnetClasses;
  std::int64_t in = 1;
  for (const auto& block : kYamnetBlocks) {
    const std::string name = "layer" + std::to_string(blocks(yamnet).size() + 1);
    if (yamnet.layers.empty()) {
      yamnet.layers.push_back({name, LayerKind::full, 3, block.stride, in, block.channels});
    } else {
      yamnet.layers.push_back({name + ".depthwise", LayerKind::depthwise, 3, block.stride, in, in});
      yamnet.layers.push_back({name + ".pointwise", LayerKind::pointwise, 1, 1, in, block.channels});
    }
    in = block.channels;
  }
  return yamnet;
}

frontend::InputRecipe ced_input() {
  frontend::InputRecipe input;
  input.window_samples = input.fft_length;
  input.mel_low_hz = 0;
  input.mel_high_hz = 8'000;
  input.log_offset = 1e-10;
  input.patch_frames = 1'012;
  input.patch_hop_frames = frontend::kMaxPatchHopFrames;
  input.centered = input.power = input.triangles_in_hz = input.decibels = true;
  input.top_db = 120;
  input.min_patch_frames = 16;
  return input;
}

Description ced_description(CedSize size) {
  constexpr std::int64_t kHeads[] = {3, 4, 6, 12};
  constexpr std::int64_t kHeadSize = 64;
  Transformer transformer;
  transformer.heads = kHeads[static_cast<std::size_t>(size)];
  transformer.embedding_size = kHeadSize * transformer.heads;
  transformer.mlp_size = 4 * transformer.embedding_size;
  Description ced;
  ced.transformer = transformer;
  ced.class_count = kCedClasses;
  ced.input = ced_input();
  return ced;
}

frontend::InputRecipe efficientat_input() {
  frontend::InputRecipe input;
  input.sample_rate_hz = 32'000;
  input.window_samples = 800;
  input.hop_samples = 320;
  input.fft_length = 1'024;
  input.mel_bands = 128;
  input.mel_low_hz = 0;
  input.mel_high_hz = 15'000;
  input.log_offset = 1e-5;
  input.patch_frames = frontend::kMaxPatchHopFrames;
  input.patch_hop_frames = frontend::kMaxPatchHopFrames;
  input.centered = input.power = input.symmetric_window = true;
  input.preemphasis = 0.97;
  input.min_patch_frames = 16;
  return input;
}

Description efficientat_description(double width) {
  Description efficientat;
  efficientat.mobilenet = mobilenet_v3(width);
  efficientat.class_count = kCedClasses;
  efficientat.input = efficientat_input();
  return efficientat;
}

Description with_channels(Description network, const std::vector<std::int64_t>& channels) {
  std::int64_t in = network.layers.empty() ? 0 : network.layers.front().in_channels;
  std::size_t place = 0;
  for (const auto& block : blocks(network)) {
    for (std::size_t i = block.first_layer; i <= block.last_layer(); ++i) {
      Layer& layer = network.layers[i];
      layer.in_channels = in;
      layer.out_channels = layer.kind == LayerKind::depthwise ? in : channels.at(place);
      in = layer.out_channels;
    }
    ++place;
  }
  return network;
}

}  // namespace soundfold::network
