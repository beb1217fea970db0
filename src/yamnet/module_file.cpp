// SPDX-License-Identifier: Apache-2.0
#include "device/tensor_values.h"
#include "support/errors.h"
#include "support/files.h"
#include "text/text.h"
#include "weights/importing.h"
#include "weights/zip_reader.h"
#include "yamnet/internal/metadata.h"
#include "yamnet/module.h"

#include <new>
#include <sstream>

namespace soundfold::yamnet {
namespace fs = std::filesystem;
namespace {

using torch::jit::Module;

/// YAMNet's own file has 20 MB with its quantisation.
constexpr std::uintmax_t kMaxModuleBytes = 1'000'000'000;
constexpr std::size_t kMaxExtraBytes = 100'000'000;

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// A yamnet.pt as read from disk, before LibTorch sees it.
struct Archive {
  std::string name;
  std::string bytes;
  Metadata metadata;
  std::string quantization;
};

/// Reads the file and verifies every checksum of its zip: LibTorch's own reader skips them, so a flipped bit in the
/// code or in a weight would go unnoticed.
Archive read_archive(const fs::path& path) {
  Archive archive{path.string(), read_file(path, kMaxModuleBytes), {}, {}};
  if (archive.bytes.compare(0, 2, "PK") != 0) {
    throw DataError(archive.name + ": not a TorchScript file (a zip archive); make one with importer");
  }
  const auto wanted = [](const std::string& entry) { return entry.find("/extra/") != std::string::npos; };
  auto extras = weights::read_zip(archive.bytes, archive.name, wanted, kMaxExtraBytes);
  for (auto& [entry, bytes] : extras) {
    if (ends_with(entry, std::string("/extra/") + kMetadataEntry)) {
      archive.metadata = parse_metadata(bytes, archive.name);
    } else if (ends_with(entry, std::string("/extra/") + kQuantizationEntry)) {
      archive.quantization = std::move(bytes);
    }
  }
  if (archive.metadata.weights_digest.empty()) {
    throw DataError(archive.name + ": a TorchScript file without " + kMetadataEntry +
                    ", so not one of Soundfold's YAMNet files; make it with importer");
  }
  return archive;
}

/// Runs `body`, in which any error about the file `name` becomes a DataError of one line. Interrupted and a lack of
/// memory are not about the file.
template <typename Body>
auto guarded(const std::string& name, Body body) {
  try {
    return body();
  } catch (const DataError& error) {
    throw DataError(shown(error.what(), weights::kMaxMessageBytes));
  } catch (const Interrupted&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const c10::Error& error) {
    throw DataError(name + ": LibTorch cannot use it: " + first_line(error.what_without_backtrace()));
  } catch (const std::exception& error) {
    throw DataError(name + ": LibTorch cannot use it: " + first_line(error.what()));
  }
}

LoadedModule loaded_from(const Archive& archive) {
  std::istringstream stream(archive.bytes);
  LoadedModule loaded;
  loaded.module = torch::jit::load(stream, torch::kCPU);
  const std::string digest = tensors_digest(loaded.module);
  if (digest != archive.metadata.weights_digest) {
    throw DataError(archive.name + ": its weights have the digest " + digest + ", but the file says " +
                    archive.metadata.weights_digest + " (changed or damaged); import the weights again");
  }
  loaded.weights_digest = digest;
  loaded.source = archive.metadata.source;
  loaded.activation = archive.metadata.activation;
  loaded.patch_hop_frames = static_cast<int>(loaded.module.attr("patch_hop_frames").toInt());
  for (const auto& name : loaded.module.attr("class_names").toList()) {
    loaded.class_names.push_back(c10::IValue(name).toStringRef());
  }
  const torch::Tensor classifier = loaded.module.attr("network").toModule().attr("classifier_kernel").toTensor();
  loaded.embedding_size = classifier.size(1);
  loaded.embedding_parts = {loaded.embedding_size};
  if (classifier.size(0) != static_cast<std::int64_t>(loaded.class_names.size())) {
    throw DataError(archive.name + ": " + std::to_string(loaded.class_names.size()) + " class names for " +
                    std::to_string(classifier.size(0)) + " classes; import the weights again");
  }
  return loaded;
}

weights::ConvLayer layer_from(const Module& block, const std::string& name, weights::ConvLayer::Kind kind) {
  const torch::Tensor kernel = block.attr("kernel").toTensor();
  weights::ConvLayer layer;
  layer.name = name;
  layer.kind = kind;
  layer.out_channels = kernel.size(0);
  layer.in_channels = kind == weights::ConvLayer::Kind::depthwise ? kernel.size(0) : kernel.size(1);
  layer.stride = static_cast<int>(block.attr("stride").toInt());
  layer.kernel = values_of(kernel);
  layer.beta = values_of(block.attr("beta").toTensor());
  layer.mean = values_of(block.attr("mean").toTensor());
  layer.variance = values_of(block.attr("variance").toTensor());
  const auto channels = static_cast<std::size_t>(layer.out_channels);
  const bool whole = layer.beta.size() == channels && layer.mean.size() == channels &&
                     layer.variance.size() == channels &&
                     static_cast<std::int64_t>(layer.kernel.size()) == weights::kernel_size(layer);
  if (!whole) throw DataError(name + ": its tensors do not fit each other");
  return layer;
}

weights::Weights weights_from(const LoadedModule& loaded) {
  using Kind = weights::ConvLayer::Kind;
  const Module network = loaded.module.attr("network").toModule();
  weights::Weights weights;
  for (const auto& child : network.named_children()) {
    if (child.value.hasattr("kernel")) {
      weights.layers.push_back(layer_from(child.value, child.name, Kind::full));
      continue;
    }
    for (const Kind kind : {Kind::depthwise, Kind::pointwise}) {
      const std::string part = kind == Kind::depthwise ? "depthwise" : "pointwise";
      weights.layers.push_back(layer_from(child.value.attr(part).toModule(), child.name + "." + part, kind));
    }
  }
  weights.classifier_kernel = values_of(network.attr("classifier_kernel").toTensor());
  weights.classifier_bias = values_of(network.attr("classifier_bias").toTensor());
  weights.activation = loaded.activation;
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
  metadata.activation = weights.activation;
  metadata.patch_hop_frames = static_cast<int>(module.attr("patch_hop_frames").toInt());
  metadata.quantization = weights.quantization;
  torch::jit::ExtraFilesMap extras{{kMetadataEntry, metadata_text(metadata)}};
  if (weights.quantization) extras[kQuantizationEntry] = quantization_bytes(*weights.quantization);
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
  return guarded(path.string(), [&] {
    LoadedModule loaded = loaded_from(read_archive(path));
    loaded.module.to(device);
    loaded.module.eval();
    return loaded;
  });
}

weights::Weights weights_from_file(const fs::path& path, std::string* digest) {
  return guarded(path.string(), [&] {
    Archive archive = read_archive(path);
    weights::Weights weights = weights_from(loaded_from(archive));
    if (digest != nullptr) *digest = archive.metadata.weights_digest;
    if (archive.metadata.quantization) {
      weights.quantization = std::move(archive.metadata.quantization);
      fill_quantization(*weights.quantization, archive.quantization, weights, archive.name);
    }
    return weights;
  });
}

}  // namespace soundfold::yamnet
