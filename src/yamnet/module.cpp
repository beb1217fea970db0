// SPDX-License-Identifier: Apache-2.0
#include "yamnet/module.h"

#include "frontend/mel_filters.h"
#include "frontend/recipe.h"
#include "mobilenets/script.h"
#include "named_modules/module_tensors.h"
#include "network/description_text.h"
#include "support/errors.h"
#include "support/hashing.h"
#include "transformers/script.h"
#include "weights/importing.h"
#include "yamnet/internal/network_source.h"

#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
// LibTorch 1.x has a second fuser for CUDA.
#include <torch/version.h>
#if TORCH_VERSION_MAJOR < 2 && __has_include(<torch/csrc/jit/codegen/cuda/interface.h>)
#include <torch/csrc/jit/codegen/cuda/interface.h>
#define SOUNDFOLD_HAS_NVFUSER 1
#endif

#include <map>
#include <memory>

namespace soundfold::yamnet {
namespace {

using torch::jit::Module;

torch::Tensor tensor_of(const std::vector<float>& values, const std::vector<std::int64_t>& shape,
                        const std::string& name) {
  std::int64_t count = 1;
  for (const auto extent : shape) count *= extent;
  if (count != static_cast<std::int64_t>(values.size())) {
    throw UsageError(name + ": " + std::to_string(values.size()) + " values for the shape " +
                     weights::shape_text(shape));
  }
  return torch::tensor(values, torch::kFloat32).reshape(shape).clone();
}

/// Attributes that every convolution block has; the values of a real layer replace these.
Module convolution_prototype(const std::shared_ptr<torch::jit::CompilationUnit>& unit,
                             const network::Description& network) {
  Module block("__torch__.soundfold.yamnet.Convolution", unit);
  block.register_parameter("kernel", torch::zeros({1, 1, 1, 1}), false);
  block.register_parameter("beta", torch::zeros(1), false);
  block.register_buffer("mean", torch::zeros(1));
  block.register_buffer("variance", torch::zeros(1));
  for (const char* name : {"stride", "padding", "groups"}) block.register_attribute(name, c10::IntType::get(), 1);
  block.define(convolution_source(network));
  return block;
}

Module separable_prototype(const std::shared_ptr<torch::jit::CompilationUnit>& unit, const Module& convolution) {
  Module block("__torch__.soundfold.yamnet.Separable", unit);
  block.register_module("depthwise", convolution);
  block.register_module("pointwise", convolution);
  block.define(separable_source());
  return block;
}

/// A block of the prototype's type (one type, one piece of code in the file) with a layer's values.
Module convolution_block(const Module& prototype, const network::Layer& layer, const network::LayerValues& values) {
  const std::int64_t out = layer.out_channels;
  Module block = prototype.copy();
  block.setattr("kernel", tensor_of(values.kernel, layer.kernel_shape(), layer.name + " kernel"));
  block.setattr("beta", tensor_of(values.beta, {out}, layer.name + " beta"));
  block.setattr("mean", tensor_of(values.mean, {out}, layer.name + " mean"));
  block.setattr("variance", tensor_of(values.variance, {out}, layer.name + " variance"));
  block.setattr("stride", static_cast<std::int64_t>(layer.stride));
  block.setattr("padding", static_cast<std::int64_t>(layer.padding_before()));
  block.setattr("groups", layer.groups());
  return block;
}

std::string taps_text(const std::vector<std::int64_t>& taps) {
  std::string text;
  for (const auto block : taps) text += (text.empty() ? "" : ", ") + std::to_string(block);
  return text;
}

/// The pretrained body: a submodule for each block.
Module network_module(const std::shared_ptr<torch::jit::CompilationUnit>& unit, const weights::Weights& weights,
                      const std::vector<std::int64_t>& taps) {
  const network::Description& described = weights.network;
  if (described.transformer) {
    Module transformer = transformers::scripted(weights, unit, taps);
    if (!taps.empty()) transformer.register_attribute("taps", c10::StringType::get(), taps_text(taps));
    return transformer;
  }
  if (described.mobilenet) return mobilenets::scripted(weights, unit);
  const Module convolution = convolution_prototype(unit, described);
  const Module separable = separable_prototype(unit, convolution);
  const auto layer = [&](std::size_t i) {
    return convolution_block(convolution, described.layers[i], weights.layers.at(i));
  };
  Module network("__torch__.soundfold.yamnet.Network", unit);
  network.register_attribute("activation", c10::StringType::get(), network::activation_name(described.activation));
  for (const auto& block : network::blocks(described)) {
    if (block.layer_count == 1) {
      network.register_module(block.name, layer(block.first_layer));
      continue;
    }
    Module pair = separable.copy();
    pair.setattr("depthwise", layer(block.first_layer)._ivalue());
    pair.setattr("pointwise", layer(block.last_layer())._ivalue());
    network.register_module(block.name, pair);
  }
  const std::vector<std::int64_t> shape{weights.class_count(), weights.embedding_size()};
  network.register_parameter("classifier_kernel", tensor_of(weights.classifier_kernel, shape, "classifier kernel"),
                             false);
  network.register_parameter("classifier_bias", tensor_of(weights.classifier_bias, {shape[0]}, "classifier bias"),
                             false);
  // As settings of a submodule these enter the digest: another network. Without, nothing changes.
  if (!taps.empty()) network.register_attribute("taps", c10::StringType::get(), taps_text(taps));
  if (const auto recipe = network::recipe_text(described); !recipe.empty()) {
    network.register_attribute("recipe", c10::StringType::get(), recipe);
  }
  network.define(network_source(described, taps));
  return network;
}

/// Throws UsageError when these are no weights of a network that can be built.
void check_weights(const weights::Weights& weights) {
  network::check(weights.network);
  if (weights.class_count() < 1 || weights.class_names.size() != static_cast<std::size_t>(weights.class_count())) {
    throw UsageError("weights: " + std::to_string(weights.class_names.size()) + " class names for " +
                     std::to_string(weights.class_count()) + " classes");
  }
}

void check_taps(const std::vector<std::int64_t>& taps, const network::Description& network) {
  if (network.mobilenet && !taps.empty()) {
    throw UsageError("backbone.taps: the maps inside of a MobileNet are not given; leave it out");
  }
  const auto blocks =
      network.transformer ? network.transformer->depth : static_cast<std::int64_t>(network::blocks(network).size());
  const auto last = blocks - 1;  // the last one's mean is the embedding
  for (std::size_t i = 0; i < taps.size(); ++i) {
    if (taps[i] >= 1 && taps[i] <= last && (i == 0 || taps[i] > taps[i - 1])) continue;
    throw UsageError("backbone.taps: " + taps_text(taps) + ": blocks from 1 to " + std::to_string(last) +
                     ", each once, ascending");
  }
}

void hash_tensor(Hasher& hasher, const std::string& name, const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.detach().to(torch::kCPU).contiguous();
  std::string header = name + " " + c10::toString(values.scalar_type());
  for (const auto extent : values.sizes()) header += " " + std::to_string(extent);
  hasher.update(header + "\n");
  hasher.update(values.data_ptr(), values.nbytes());
}

/// Integers and strings of the submodules (stride, padding, groups, activation), by name; not those of the module
/// itself.
std::map<std::string, std::string> submodule_settings(const torch::jit::Module& module) {
  std::map<std::string, std::string> settings;
  for (const auto& attribute : module.named_attributes()) {
    if (attribute.name.find('.') == std::string::npos) continue;
    if (attribute.value.isInt()) settings[attribute.name] = std::to_string(attribute.value.toInt());
    if (attribute.value.isString()) settings[attribute.name] = attribute.value.toStringRef();
  }
  return settings;
}

}  // namespace

void disable_fuser() {
  torch::jit::setTensorExprFuserEnabled(false);
#if SOUNDFOLD_HAS_NVFUSER
  if (at::globalContext().hasCUDA()) torch::jit::fuser::cuda::setEnabled(false);
#endif
}

torch::jit::Module build_module(const weights::Weights& weights, int patch_hop_frames,
                                const std::vector<std::int64_t>& taps) {
  check_weights(weights);
  frontend::check_patch_hop(patch_hop_frames, weights.network.input);
  disable_fuser();
  check_taps(taps, weights.network);
  const auto unit = std::make_shared<torch::jit::CompilationUnit>();
  Module root("__torch__.soundfold.yamnet.YAMNet", unit);
  root.register_module("network", network_module(unit, weights, taps));
  const frontend::InputRecipe& input = weights.network.input;
  root.register_buffer("window", torch::tensor(frontend::hann_window_float64(input), torch::kFloat64));
  root.register_buffer("mel_matrix",
                       tensor_of(frontend::mel_matrix(input), {input.spectrum_bins(), input.mel_bands}, "mel matrix"));
  // A module made in C++ has no `training`; with it, eval() and Python's loader work as for any other module.
  root.register_attribute("training", c10::BoolType::get(), false);
  root.register_attribute("sample_rate", c10::IntType::get(), static_cast<std::int64_t>(input.sample_rate_hz));
  root.register_attribute("patch_hop_frames", c10::IntType::get(), static_cast<std::int64_t>(patch_hop_frames));
  root.register_attribute("class_names", c10::ListType::ofStrings(), c10::List<std::string>(weights.class_names));
  root.register_attribute("source", c10::StringType::get(), weights.source);
  root.define(waveform_source(input, BatchNorm::separate));
  root.register_attribute("weights_digest", c10::StringType::get(), tensors_digest(root));
  return root;
}

LoadedModule tapped_module(const weights::Weights& weights, int patch_hop_frames,
                           const std::vector<std::int64_t>& taps) {
  LoadedModule built;
  built.module = build_module(weights, patch_hop_frames, taps);
  built.weights_digest = tensors_digest(built.module);
  built.source = weights.source;
  built.class_names = weights.class_names;
  built.network = weights.network;
  built.patch_hop_frames = patch_hop_frames;
  built.embedding_parts = {weights.embedding_size()};
  const auto blocks = network::blocks(weights.network);
  if (weights.network.transformer) built.embedding_parts.resize(1 + 2 * taps.size(), weights.embedding_size());
  for (const auto tap : weights.network.transformer ? std::vector<std::int64_t>() : taps) {
    const auto& block = blocks.at(static_cast<std::size_t>(tap - 1));
    const auto channels = weights.network.layers[block.last_layer()].out_channels;
    built.embedding_parts.insert(built.embedding_parts.end(), {channels, channels});
  }
  for (const auto size : built.embedding_parts) built.embedding_size += size;
  return built;
}

frontend::InputRecipe input_of(const torch::jit::Module& module) {
  network::Description description;
  if (!module.hasattr("network")) return description.input;
  const Module body = module.attr("network").toModule();
  if (named_modules::is_named(body)) return named_modules::description_of(body).input;
  if (body.hasattr("recipe")) network::set_recipe(description, body.attr("recipe").toStringRef());
  return description.input;
}

std::string tensors_digest(const torch::jit::Module& module) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& parameter : module.named_parameters()) tensors[parameter.name] = parameter.value;
  for (const auto& buffer : module.named_buffers()) tensors[buffer.name] = buffer.value;
  Hasher hasher(HashKind::xxh3_128);
  for (const auto& [name, tensor] : tensors) hash_tensor(hasher, name, tensor);
  // The same tensors with another stride or activation are another network.
  for (const auto& [name, text] : submodule_settings(module)) hasher.update(name + " " + text + "\n");
  return hasher.hex_digest();
}

}  // namespace soundfold::yamnet
