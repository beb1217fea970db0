// SPDX-License-Identifier: Apache-2.0
#include "network/mobilenet.h"

#include "support/errors.h"

#include <algorithm>
#include <string>
#include <utility>

namespace soundfold::network {
namespace {

/// Beyond every network of this kind that is known: width 4 has an embedding of 3,840 values.
constexpr std::int64_t kMostChannels = 16'384;
constexpr std::size_t kMostResiduals = 64;

/// Table 1 of the paper, but that strides are as EfficientAT has them.
constexpr InvertedResidual kLargeBlocks[] = {
    {3, 1, 16, 16, 0, false},  {3, 2, 64, 24, 0, false},  {3, 1, 72, 24, 0, false},  {5, 2, 72, 40, 1, false},
    {5, 1, 120, 40, 1, false}, {5, 1, 120, 40, 1, false}, {3, 2, 240, 80, 0, true},  {3, 1, 200, 80, 0, true},
    {3, 1, 184, 80, 0, true},  {3, 1, 184, 80, 0, true},  {3, 1, 480, 112, 1, true}, {3, 1, 672, 112, 1, true},
    {5, 2, 672, 160, 1, true}, {5, 1, 960, 160, 1, true}, {5, 1, 960, 160, 1, true}};
constexpr double kStemChannels = 16, kHiddenSize = 1'280;
constexpr std::int64_t kLastFactor = 6, kSqueezeDivisor = 4;

/// To the nearest multiple of 8, at least 8, and not below 0.9 times the value.
std::int64_t rounded_channels(double value) {
  const auto nearest = std::max<std::int64_t>(8, static_cast<std::int64_t>(value + 4) / 8 * 8);
  return static_cast<double>(nearest) < 0.9 * value ? nearest + 8 : nearest;
}

std::int64_t halved(std::int64_t size, int stride) {
  return (size - 1) / stride + 1;
}

void refuse_mobilenet(bool problem, const std::string& text) {
  if (problem) throw UsageError("weights: mobilenet: " + text);
}

}  // namespace

std::vector<NamedShape> mobilenet_tensors(const MobileNet& network) {
  std::vector<NamedShape> all;
  const auto add = [&](const std::string& name, std::vector<std::int64_t> kernel) {
    const std::int64_t outputs = kernel.front();
    all.push_back({name + ".kernel", std::move(kernel)});
    all.push_back({name + ".bias", {outputs}});
  };
  add("stem", {network.stem_channels, 1, 3, 3});
  for (std::size_t i = 0; i < network.blocks.size(); ++i) {
    const InvertedResidual& block = network.blocks[i];
    const std::string name = "block" + std::to_string(i + 1) + ".";
    const std::int64_t expanded = block.expanded_channels, squeezed = block.squeeze_channels;
    if (network.expands(i)) add(name + "expand", {expanded, network.in_channels(i), 1, 1});
    add(name + "depthwise", {expanded, 1, block.side, block.side});
    if (squeezed > 0) add(name + "squeeze", {squeezed, expanded});
    if (squeezed > 0) add(name + "excite", {expanded, squeezed});
    add(name + "project", {block.out_channels, expanded, 1, 1});
  }
  add("last", {network.last_channels, network.in_channels(network.blocks.size()), 1, 1});
  add("hidden", {network.hidden_size, network.last_channels});
  return all;
}

std::int64_t multiply_accumulates(const MobileNet& network, std::int64_t frames, std::int64_t mel_bands,
                                  std::int64_t class_count) {
  frames = halved(frames, 2);
  mel_bands = halved(mel_bands, 2);
  std::int64_t all = frames * mel_bands * network.stem_channels * 9;
  for (std::size_t i = 0; i < network.blocks.size(); ++i) {
    const InvertedResidual& block = network.blocks[i];
    const std::int64_t expanded = block.expanded_channels;
    if (network.expands(i)) all += frames * mel_bands * network.in_channels(i) * expanded;
    frames = halved(frames, block.stride);
    mel_bands = halved(mel_bands, block.stride);
    all += frames * mel_bands * expanded * (block.side * block.side + block.out_channels);
    all += 2 * expanded * block.squeeze_channels;
  }
  all += frames * mel_bands * network.in_channels(network.blocks.size()) * network.last_channels;
  return all + network.hidden_size * (network.last_channels + class_count);
}

void check_mobilenet(const MobileNet& network) {
  const auto within = [](std::int64_t value) { return value >= 1 && value <= kMostChannels; };
  refuse_mobilenet(network.blocks.empty() || network.blocks.size() > kMostResiduals, "the blocks are not 1 to 64");
  refuse_mobilenet(!within(network.stem_channels) || !within(network.last_channels) || !within(network.hidden_size),
                   "stem_channels, last_channels or hidden_size is not in 1 to 16384");
  refuse_mobilenet(!(network.input_shift > -1e3 && network.input_shift < 1e3), "input_shift is not within 1000 of 0");
  refuse_mobilenet(!(network.input_factor > 0 && network.input_factor < 1e3), "input_factor is not in 0 to 1000");
  for (std::size_t i = 0; i < network.blocks.size(); ++i) {
    const InvertedResidual& block = network.blocks[i];
    const std::string name = "block" + std::to_string(i + 1) + ": ";
    refuse_mobilenet(!within(block.expanded_channels) || !within(block.out_channels),
                     name + "expanded_channels or out_channels is not in 1 to 16384");
    refuse_mobilenet(block.squeeze_channels < 0 || block.squeeze_channels > kMostChannels,
                     name + "squeeze_channels is not in 0 to 16384");
    refuse_mobilenet(block.side < 1 || block.side > 31 || block.side % 2 == 0, name + "side is not odd, 1 to 31");
    refuse_mobilenet(block.stride != 1 && block.stride != 2, name + "stride is neither 1 nor 2");
  }
}

MobileNet mobilenet_v3(double width) {
  if (!(width > 0 && width <= 10)) throw UsageError("weights: mobilenet: the width is not above 0 and at most 10");
  MobileNet network;
  network.stem_channels = rounded_channels(kStemChannels * width);
  for (InvertedResidual block : kLargeBlocks) {
    const bool squeezes = block.squeeze_channels > 0;
    block.expanded_channels = rounded_channels(static_cast<double>(block.expanded_channels) * width);
    block.out_channels = rounded_channels(static_cast<double>(block.out_channels) * width);
    const auto quarter = static_cast<double>(block.expanded_channels / kSqueezeDivisor);
    block.squeeze_channels = squeezes ? rounded_channels(quarter) : 0;
    network.blocks.push_back(block);
  }
  network.last_channels = kLastFactor * network.blocks.back().out_channels;
  network.hidden_size = rounded_channels(kHiddenSize * width);
  return network;
}

}  // namespace soundfold::network
