// SPDX-License-Identifier: Apache-2.0
#include "yamnet/module_file.h"

#include "device/tensor_values.h"
#include "named_modules/module_tensors.h"
#include "network/description_text.h"
#include "support/errors.h"
#include "support/files.h"
#include "weights/quantization.h"
#include "yamnet/archive.h"
#include "yamnet/folded_module.h"
#include "yamnet/internal/metadata.h"
#include "yamnet/torch_errors.h"

#include <sstream>
#include <utility>

namespace soundfold::yamnet {
namespace fs = std::filesystem;
namespace {

using torch::jit::Module;

/// YAMNet's own file has 20 MB with its quantisation.
constexpr std::uintmax_t kMaxModuleBytes = 1'000'000'000;
constexpr const char* kAdvice =
    "the network is imported from published weights: `make dogcat` does so, or fetcher and then importer (importer "
    "--help)";

/// A yamnet.pt as read from disk, before LibTorch sees it.
struct BackboneFile {
  Archive archive;
  Metadata metadata;
};

BackboneFile read_backbone(const fs::path& path) {
  Archive archive = read_archive(path, kMaxModuleBytes, kAdvice);
  if (archive.metadata.empty()) {
    throw DataError(archive.name + ": a TorchScript file without " + kMetadataEntry +
                    ", so not one of Soundfold's YAMNet files; make it with importer");
  }
  Metadata metadata = parse_metadata(archive.metadata, archive.name);
  return {std::move(archive), std::move(metadata)};
}

/// Runs `body`, in which any error about the file becomes a DataError of one line.
template <typename Body>
auto reading(const fs::path& path, Body body) {
  return with_plain_errors(path.string() + ": LibTorch cannot use it", body);
}

using network::LayerKind;

/// Submodules of a block of two layers, in order.
const std::pair<const char*, LayerKind> kParts[] = {{"depthwise", LayerKind::depthwise},
                                                    {"pointwise", LayerKind::pointwise}};

/// Gives each convolution of a network in order, with its name and kind.
template <typename Consume>
void for_each_layer(const Module& network, Consume consume) {
  for (const auto& child : network.named_children()) {
    if (child.value.hasattr("kernel")) {
      consume(child.value, child.name, LayerKind::full);
      continue;
    }
    for (const auto& [part, kind] : kParts) {
      consume(child.value.attr(part).toModule(), child.name + "." + part, kind);
    }
  }
}

LoadedModule loaded_from(const BackboneFile& file) {
  const std::string& name = file.archive.name;
  std::istringstream stream(file.archive.bytes);
  LoadedModule loaded;
  loaded.module = torch::jit::load(stream, torch::kCPU);
  const std::string digest = tensors_digest(loaded.module);
  if (digest != file.metadata.weights_digest) {
    throw DataError(name + ": its weights have the digest " + digest + ", but the file says " +
                    file.metadata.weights_digest + " (changed or damaged); import the weights again");
  }
  loaded.weights_digest = digest;
  loaded.source = file.metadata.source;
  loaded.patch_hop_frames = static_cast<int>(loaded.module.attr("patch_hop_frames").toInt());
  loaded.class_names = class_names_of(loaded.module);
  const Module network = loaded.module.attr("network").toModule();
  loaded.network = network_of(network);
  loaded.network.activation = file.metadata.activation;
  const torch::Tensor classifier = network.attr("classifier_kernel").toTensor();
  loaded.embedding_size = loaded.network.embedding_size();
  loaded.embedding_parts = {loaded.embedding_size};
  if (classifier.size(0) != static_cast<std::int64_t>(loaded.class_names.size())) {
    throw DataError(name + ": " + std::to_string(loaded.class_names.size()) + " class names for " +
                    std::to_string(classifier.size(0)) + " classes; import the weights again");
  }
  return loaded;
}

network::LayerValues values_from(const Module& block, const network::Layer& layer) {
  const auto values = [&](const char* name) { return values_of(block.attr(name).toTensor()); };
  network::LayerValues read{values("kernel"), values("beta"), values("mean"), values("variance")};
  const auto channels = static_cast<std::size_t>(layer.out_channels);
  const bool whole = read.beta.size() == channels && read.mean.size() == channels && read.variance.size() == channels &&
                     static_cast<std::int64_t>(read.kernel.size()) == layer.kernel_size();
  if (!whole) throw DataError(layer.name + ": its tensors do not fit each other");
  return read;
}

weights::Weights weights_from(const LoadedModule& loaded) {
  const Module network = loaded.module.attr("network").toModule();
  weights::Weights weights;
  if (named_modules::is_named(network)) {
    weights = named_modules::weights_of(network);
    weights.class_names = loaded.class_names;
    weights.source = loaded.source;
    return weights;
  }
  weights.network = loaded.network;
  try {
    network::check(weights.network);
  } catch (const UsageError& error) {
    throw DataError(error.what());
  }
  for_each_layer(network, [&](const Module& block, const std::string&, LayerKind) {
    weights.layers.push_back(values_from(block, loaded.network.layers.at(weights.layers.size())));
  });
  weights.classifier_kernel = values_of(network.attr("classifier_kernel").toTensor());
  weights.classifier_bias = values_of(network.attr("classifier_bias").toTensor());
  weights.class_names = loaded.class_names;
  weights.source = loaded.source;
  return weights;
}

}  // namespace

std::string module_bytes(const torch::jit::Module& module, const weights::Weights& weights) {
  Metadata metadata;
  metadata.weights_digest = tensors_digest(module);
  metadata.source = weights.source;
  metadata.class_count = weights.class_count();
  metadata.embedding_size = weights.embedding_size();
  metadata.activation = weights.network.activation;
  metadata.patch_hop_frames = static_cast<int>(module.attr("patch_hop_frames").toInt());
  metadata.quantization = weights.quantization;
  torch::jit::ExtraFilesMap extras{{kMetadataEntry, metadata_text(metadata)}};
  if (weights.quantization) extras[kQuantizationEntry] = weights::quantization_bytes(*weights.quantization);
  // Saved to a stream, because a file's name would become part of the archive: equal modules give equal bytes.
  std::ostringstream stream;
  module.save(stream, extras);
  return stream.str();
}

void save_module(const torch::jit::Module& module, const weights::Weights& weights, const fs::path& path) {
  write_file_atomically(path, module_bytes(module, weights));
}

LoadedModule load_module(const fs::path& path, const torch::Device& device) {
  disable_fuser();
  return reading(path, [&] {
    LoadedModule loaded = loaded_from(read_backbone(path));
    loaded.module.to(device);
    loaded.module.eval();
    return loaded;
  });
}

weights::Weights weights_from_file(const fs::path& path, std::string* digest) {
  return reading(path, [&] {
    BackboneFile file = read_backbone(path);
    weights::Weights weights = weights_from(loaded_from(file));
    if (digest != nullptr) *digest = file.metadata.weights_digest;
    if (file.metadata.quantization) {
      weights.quantization = std::move(file.metadata.quantization);
      weights::fill_quantization(*weights.quantization, file.archive.quantization, weights, file.archive.name);
    }
    return weights;
  });
}

network::Description network_of(const Module& module) {
  if (named_modules::is_named(module)) return named_modules::description_of(module);
  network::Description description;
  if (module.hasattr("activation")) {
    description.activation =
        network::activation_from_name(module.attr("activation").toStringRef()).value_or(network::Activation::relu);
  }
  description.class_count = module.attr("classifier_kernel").toTensor().size(0);
  if (module.hasattr("recipe")) network::set_recipe(description, module.attr("recipe").toStringRef());
  for_each_layer(module, [&](const Module& block, const std::string& name, LayerKind kind) {
    const torch::Tensor kernel = block.attr("kernel").toTensor();
    const auto in = kind == LayerKind::depthwise ? kernel.size(0) : kernel.size(1);
    description.layers.push_back({name, kind, static_cast<int>(kernel.size(2)),
                                  static_cast<int>(block.attr("stride").toInt()), in, kernel.size(0)});
  });
  return description;
}

weights::Weights folded_weights(const Module& module) {
  const Module network = module.attr("network").toModule();
  weights::Weights weights;
  if (named_modules::is_named(network)) {
    weights = named_modules::weights_of(network);
    weights.class_names = class_names_of(module);
    weights.source = module.attr("source").toStringRef();
    return weights;
  }
  weights.network = network_of(network);
  for_each_layer(network, [&](const Module& block, const std::string&, LayerKind) {
    const auto values = [&](const char* name) { return values_of(block.attr(name).toTensor()); };
    weights.layers.push_back(
        network::with_plain_batch_norm({values("kernel"), values("bias")}, weights.network.batch_norm_epsilon));
  });
  weights.classifier_kernel = values_of(network.attr("classifier_kernel").toTensor());
  weights.classifier_bias = values_of(network.attr("classifier_bias").toTensor());
  weights.class_names = class_names_of(module);
  weights.source = module.attr("source").toStringRef();
  return weights;
}

std::vector<std::int64_t> taps_of(const Module& network) {
  std::vector<std::int64_t> taps;
  if (!network.hasattr("taps")) return taps;
  std::istringstream text(network.attr("taps").toStringRef());
  for (std::string number; std::getline(text, number, ',');) taps.push_back(std::stoll(number));
  return taps;
}

std::vector<std::string> class_names_of(const Module& module) {
  std::vector<std::string> names;
  for (const auto& name : module.attr("class_names").toList()) names.push_back(c10::IValue(name).toStringRef());
  return names;
}

}  // namespace soundfold::yamnet
