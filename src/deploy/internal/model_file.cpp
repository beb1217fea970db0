// SPDX-License-Identifier: Apache-2.0
#include "deploy/internal/model_file.h"

#include "deploy/export.h"
#include "support/errors.h"
#include "text/text.h"
#include "yamnet/module.h"
#include "yamnet/torch_errors.h"

#include <sstream>
#include <string>
#include <utility>

namespace soundfold::deploy {
namespace {

/// A model has about 20 MB.

nlohmann::json parse_metadata(const std::string& text, const std::string& name) {
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object())
    throw DataError(name + ": its " + yamnet::kMetadataEntry + " is not JSON; export the model again");
  const auto kind = json.value("kind", nlohmann::json());
  if (kind != kModelKind) {
    throw DataError(name + ": not an exported model but " + (kind.is_string() ? shown(kind.dump()) : "something else") +
                    "; give the model.pt that trainer wrote");
  }
  const auto version = json.value("format_version", nlohmann::json());
  if (!version.is_number_integer() || version.get<std::int64_t>() < 1) {
    throw DataError(name + ": its metadata give no format_version; export the model again");
  }
  if (version.get<std::int64_t>() > kModelFormatVersion) {
    throw DataError(name + ": format version " + version.dump() + ", this program knows versions up to " +
                    std::to_string(kModelFormatVersion) + "; use a newer Soundfold");
  }
  for (const char* key : {"tensors_digest", "class_names", "multi_label"}) {
    if (!json.contains(key)) {
      throw DataError(name + ": its metadata lack '" + key + "'; export the model again");
    }
  }
  return json;
}

}  // namespace

yamnet::Archive read_any_model(const std::filesystem::path& path) {
  return yamnet::read_archive(path, yamnet::kMaxModelBytes, "give the model.pt that trainer wrote");
}

ModelFile read_model_file(const std::filesystem::path& path) {
  ModelFile file{read_any_model(path), {}};
  const std::string& name = file.archive.name;
  if (file.archive.metadata.empty()) {
    throw DataError(
        name + ": a TorchScript file without " + yamnet::kMetadataEntry +
        ", so not one of Soundfold's models, and not loaded: such a file is a program that would run with your "
        "privileges; give the model.pt that trainer wrote, or see --trust-foreign-model if you trust its author");
  }
  file.metadata = parse_metadata(file.archive.metadata, name);
  return file;
}

torch::jit::Module module_in(const yamnet::Archive& archive, const torch::Device& device) {
  std::istringstream stream(archive.bytes);
  torch::jit::Module module = torch::jit::load(stream, torch::kCPU);
  module.to(device);
  module.eval();
  return module;
}

torch::jit::Module module_from(const ModelFile& file, const torch::Device& device) {
  const std::string& name = file.archive.name;
  return yamnet::with_plain_errors(name + ": LibTorch cannot load it", [&] {
    torch::jit::Module module = module_in(file.archive, device);
    const std::string digest = yamnet::tensors_digest(module);
    const auto& expected = file.metadata["tensors_digest"];
    if (expected != digest) {
      throw DataError(name + ": its tensors have the digest " + digest + ", but the file says " + expected.dump() +
                      " (changed or damaged); export the model again");
    }
    if (file.metadata["class_names"] != yamnet::class_names_of(module)) {
      throw DataError(name + ": its class names differ from those in its metadata; export the model again");
    }
    return module;
  });
}

}  // namespace soundfold::deploy
