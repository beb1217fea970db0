// SPDX-License-Identifier: Apache-2.0
#include "inspection/internal/parts.h"

#include "head_spec/choices.h"
#include "network/outputs.h"
#include "text/choice.h"

#include <string>

namespace soundfold::inspection {
namespace {

using Sizes = std::vector<std::int64_t>;

std::string shape_text(const Sizes& sizes) {
  std::string text;
  for (const auto size : sizes) text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
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

/// All of a transformer before its embedding.
Part transformer_part(const network::Description& description) {
  const network::Transformer& transformer = *description.transformer;
  const auto& input = description.input;
  Part part;
  part.name = "transformer";
  part.detail = "squares of " + std::to_string(transformer.token_side) + "x" + std::to_string(transformer.token_side) +
                "; " + std::to_string(transformer.depth) + " blocks: attention of " +
                std::to_string(transformer.heads) + " heads, MLP of " + std::to_string(transformer.mlp_size) +
                ", layer norm, gelu";
  if (input.row_frames > 0) {
    part.detail += "; of " + std::to_string(input.rows_of_patch(input.patch_frames)) + " rows together";
  }
  part.output = shape_text(
      {transformer.rows(input.mel_bands) * transformer.columns(input.patch_frames), transformer.embedding_size});
  part.macs = network::multiply_accumulates(transformer, input.patch_frames, input.mel_bands, 0);
  for (const auto& tensor : network::transformer_tensors(transformer, input.mel_bands))
    part.parameters += tensor.size();
  return part;
}

/// All of a MobileNet before its embedding.
Part mobilenet_part(const network::Description& description) {
  const network::MobileNet& network = *description.mobilenet;
  Part part;
  part.name = "mobilenet";
  part.detail = std::to_string(network.blocks.size()) +
                " inverted residuals, depthwise kernels of 3x3 and more; squeeze and excite, relu, hard swish";
  part.output = shape_text({network.last_channels});
  part.macs = network::multiply_accumulates(network, description.input.patch_frames, description.input.mel_bands, 0) -
              network.hidden_size * network.last_channels;
  for (const auto& tensor : network::mobilenet_tensors(network)) {
    if (tensor.name.rfind("hidden.", 0) != 0) part.parameters += tensor.size();
  }
  return part;
}

Part block_part(const network::Description& network, const network::Block& block,
                const std::vector<network::MapShape>& maps, int values_per_channel) {
  Part part;
  part.name = block.name;
  for (std::size_t i = block.first_layer; i <= block.last_layer(); ++i) {
    const auto& layer = network.layers[i];
    part.detail += (part.detail.empty() ? "" : "; ") + layer_text(layer);
    part.macs += maps[i + 1].positions() * layer.kernel_size();
    part.parameters += layer.kernel_size() + values_per_channel * layer.out_channels;
  }
  part.detail += ", " + network::activation_name(network.activation);
  const auto& map = maps[block.last_layer() + 1];
  part.output = shape_text({map.channels, map.frames, map.bands});
  return part;
}

std::string pooling_text(head_spec::Pooling pooling) {
  switch (pooling) {
    case head_spec::Pooling::window:
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
std::string linear_text(const head_spec::HeadSpec& spec, bool last) {
  if (last) return "linear";
  const bool normalizes = spec.normalization != head_spec::Normalization::none;
  return "linear" + (normalizes ? ", " + name_of(spec.normalization) + " norm" : "") + ", " + name_of(spec.activation);
}

/// Values in the tensors of a head whose names begin so.
std::int64_t values_in(const head_spec::HeadSpec& spec, const std::string& prefix) {
  std::int64_t all = 0;
  for (const auto& tensor : head_spec::tensor_shapes(spec)) {
    if (tensor.name.rfind(prefix, 0) != 0) continue;
    std::int64_t count = 1;
    for (const auto size : tensor.sizes) count *= size;
    all += count;
  }
  return all;
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

std::vector<Part> backbone_parts(const network::Description& description, const std::vector<std::int64_t>& taps,
                                 int values_per_channel) {
  const auto maps = network::maps(description);
  const auto blocks = network::blocks(description);
  std::vector<Part> parts;
  if (description.transformer) parts.push_back(transformer_part(description));
  if (description.mobilenet) parts.push_back(mobilenet_part(description));
  for (const auto& block : blocks) parts.push_back(block_part(description, block, maps, values_per_channel));
  std::int64_t values = description.embedding_size();
  Part embedding;
  embedding.name = "embedding";
  embedding.detail = description.transformer ? "mean over the tokens" : "mean over the map";
  if (description.transformer) values = network::embedding_size(description, taps);
  for (const auto tap : taps) {
    if (description.transformer) {
      embedding.detail += "; mean, maximum after block " + std::to_string(tap);
      continue;
    }
    const auto& block = blocks.at(static_cast<std::size_t>(tap - 1));
    embedding.detail += "; mean, maximum of " + block.name;
    values += 2 * maps.at(block.last_layer() + 1).channels;
  }
  embedding.output = shape_text({values});
  parts.push_back(embedding);
  Part scores;
  scores.name = "scores";
  const std::int64_t hidden = description.mobilenet ? description.mobilenet->hidden_size : 0;
  scores.detail = (hidden > 0 ? "linear to " + std::to_string(hidden) + ", hard swish, " : std::string()) +
                  "linear, sigmoid: the backbone's own classes";
  scores.output = shape_text({description.class_count});
  scores.macs = description.classifier_inputs() * description.class_count + hidden * description.embedding_size();
  scores.parameters = scores.macs + hidden + description.class_count;
  parts.push_back(scores);
  return parts;
}

std::vector<Part> head_parts(const head_spec::HeadSpec& spec) {
  const auto properties = head_spec::properties_of(spec.pooling);
  const auto input = spec.input_size;
  Part pooling{Part::Group::pooling,
               name_of(spec.pooling),
               pooling_text(spec.pooling),
               shape_text({properties.doubles_size ? 2 * input : input}),
               0,
               0};
  pooling.parameters = values_in(spec, "attention.") + values_in(spec, "input_");
  if (properties.is_learned) pooling.macs = input;  // the score of a patch
  if (spec.standardize) pooling.detail = "standardised; " + pooling.detail;
  std::vector<Part> parts{pooling};
  const auto count = spec.hidden.size() + 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    const bool last = i + 1 == count;
    parts.push_back({Part::Group::head, last ? "output" : "hidden " + std::to_string(i + 1), linear_text(spec, last),
                     shape_text({last ? spec.class_count : spec.hidden[i]}),
                     values_in(spec, "linear" + number + ".") + values_in(spec, "norm" + number + "."),
                     values_in(spec, "linear" + number + ".weight")});
  }
  if (spec.pooling == head_spec::Pooling::window) parts.back().detail += "; mean over the clip's patches";
  if (spec.known_inputs > 0) {
    parts.push_back({Part::Group::head, "known classes", "the backbone's logits of them, added",
                     shape_text({spec.class_count}), values_in(spec, "known_"), values_in(spec, "known_kernel")});
  }
  return parts;
}

}  // namespace soundfold::inspection
