// SPDX-License-Identifier: Apache-2.0
#include "inspection/internal/parts.h"

#include "head_spec/choices.h"
#include "text/choice.h"

#include <sstream>
#include <string>

namespace soundfold::inspection {
namespace {

using Sizes = std::vector<std::int64_t>;
using torch::jit::Module;

std::string shape_text(const Sizes& sizes) {
  std::string text;
  for (const auto size : sizes) text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
}

/// All values of a module's own tensors and those below it.
std::int64_t values_in(const Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  for (const auto& buffer : module.buffers()) count += buffer.numel();
  return count;
}

/// Of the module's own tensors whose names begin with `prefix`.
std::int64_t values_in(const Module& module, const std::string& prefix) {
  std::int64_t count = 0;
  for (const auto& attribute : module.named_attributes(false)) {
    if (attribute.value.isTensor() && attribute.name.rfind(prefix, 0) == 0) count += attribute.value.toTensor().numel();
  }
  return count;
}

/// "3, 7" as the network's attribute has it.
std::vector<std::size_t> taps_of(const Module& network) {
  std::vector<std::size_t> taps;
  if (!network.hasattr("taps")) return taps;
  std::istringstream text(network.attr("taps").toStringRef());
  for (std::string number; std::getline(text, number, ',');) taps.push_back(std::stoul(number));
  return taps;
}

std::string layer_text(const network::Layer& layer) {
  const std::string side = std::to_string(layer.side) + "x" + std::to_string(layer.side);
  const std::string stride = layer.stride > 1 ? ", stride " + std::to_string(layer.stride) : "";
  switch (layer.kind) {
    case network::LayerKind::full:
      return "convolution " + side + stride;
    case network::LayerKind::depthwise:
      return "depthwise " + side + stride;
    default:
      return "pointwise" + stride;
  }
}

Part block_part(const Module& module, const network::Description& network, const network::Block& block,
                const std::vector<network::MapShape>& maps) {
  Part part;
  part.name = block.name;
  for (std::size_t i = block.first_layer; i <= block.last_layer(); ++i) {
    const auto& layer = network.layers[i];
    part.detail += (part.detail.empty() ? "" : "; ") + layer_text(layer);
    part.macs += maps[i + 1].positions() * layer.kernel_size();
  }
  part.detail += ", " + network::activation_name(network.activation);
  const auto& map = maps[block.last_layer() + 1];
  part.output = shape_text({map.channels, map.frames, map.bands});
  part.parameters = values_in(module.attr(block.name).toModule());
  return part;
}

std::string pooling_text(head_spec::Pooling pooling) {
  switch (pooling) {
    case head_spec::Pooling::frame:
      return "each patch by itself";
    case head_spec::Pooling::mean:
      return "mean over the clip's patches";
    case head_spec::Pooling::mean_max:
      return "mean and maximum over the clip's patches";
    default:
      return "mean over the clip's patches, weighted by attention";
  }
}

/// "linear, layer norm, relu"; the last layer is linear alone.
std::string linear_text(const nlohmann::json& spec, bool last) {
  const auto normalization = spec.value("normalization", "none");
  if (last) return "linear";
  return "linear" + (normalization == "none" ? "" : ", " + normalization + " norm") + ", " +
         spec.value("activation", "relu");
}

}  // namespace

std::vector<Part> front_end_parts(const frontend::InputRecipe& input) {
  const Part spectrum{
      Part::Group::front_end,
      "spectrum",
      "Hann window of " + std::to_string(input.window_samples) + ", FFT of " + std::to_string(input.fft_length),
      shape_text({input.patch_frames, input.spectrum_bins()}),
      0,
      0};
  const Part mel{Part::Group::front_end,
                 "log-mel",
                 "mel filters, logarithm",
                 shape_text({input.patch_frames, input.mel_bands}),
                 0,
                 std::int64_t{input.patch_frames} * input.spectrum_bins() * input.mel_bands};
  return {spectrum, mel};
}

std::vector<Part> backbone_parts(const Module& network, const network::Description& description) {
  const auto maps = network::maps(description);
  std::vector<Part> parts;
  for (const auto& block : network::blocks(description)) {
    parts.push_back(block_part(network, description, block, maps));
  }
  const auto blocks = network::blocks(description);
  std::int64_t values = description.embedding_size();
  Part embedding;
  embedding.name = "embedding";
  embedding.detail = "mean over the map";
  for (const auto tap : taps_of(network)) {
    embedding.detail += "; mean, maximum of " + blocks.at(tap - 1).name;
    values += 2 * maps.at(blocks.at(tap - 1).last_layer() + 1).channels;
  }
  embedding.output = shape_text({values});
  parts.push_back(embedding);
  Part scores;
  scores.name = "scores";
  scores.detail = "linear, sigmoid: the backbone's own classes";
  scores.output = shape_text({description.class_count});
  scores.parameters =
      network.attr("classifier_kernel").toTensor().numel() + network.attr("classifier_bias").toTensor().numel();
  scores.macs = description.embedding_size() * description.class_count;
  parts.push_back(scores);
  return parts;
}

std::vector<Part> head_parts(const Module& head, const nlohmann::json& spec) {
  const auto kind = choice_named<head_spec::Pooling>(spec.at("pooling").get<std::string>()).value();
  const auto properties = head_spec::properties_of(kind);
  const auto input = spec.at("input_size").get<std::int64_t>();
  Part pooling{Part::Group::pooling,
               name_of(kind),
               pooling_text(kind),
               shape_text({properties.doubles_size ? 2 * input : input}),
               0,
               0};
  pooling.parameters = values_in(head, "attention_") + values_in(head, "input_");
  if (properties.is_learned) pooling.macs = input;  // the score of a patch
  if (spec.value("standardize", false)) pooling.detail = "standardised; " + pooling.detail;
  std::vector<Part> parts{pooling};
  const auto count = spec.at("hidden").size() + 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    const auto weight = head.attr("linear" + number + "_weight").toTensor();
    const bool last = i + 1 == count;
    parts.push_back({Part::Group::head, last ? "output" : "hidden " + std::to_string(i + 1), linear_text(spec, last),
                     shape_text({weight.size(0)}),
                     values_in(head, "linear" + number + "_") + values_in(head, "norm" + number + "_"),
                     weight.numel()});
  }
  if (kind == head_spec::Pooling::frame) parts.back().detail += "; mean over the clip's patches";
  if (const auto known = spec.value("known_inputs", std::int64_t{0}); known > 0) {
    const auto kernel = head.attr("known_kernel").toTensor();
    parts.push_back({Part::Group::head, "known classes", "the backbone's logits of them, added",
                     shape_text({kernel.size(0)}), values_in(head, "known_"), kernel.numel()});
  }
  return parts;
}

}  // namespace soundfold::inspection
