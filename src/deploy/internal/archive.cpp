// SPDX-License-Identifier: Apache-2.0
#include "deploy/internal/archive.h"

#include "deploy/export.h"
#include "deploy/internal/torch_errors.h"
#include "support/errors.h"
#include "support/files.h"
#include "text/json_depth.h"
#include "weights/zip_reader.h"
#include "yamnet/module.h"

#include <sstream>

namespace soundfold::deploy {
namespace {

constexpr std::size_t kMaxMetadataBytes = 100'000'000;

bool is_metadata(const std::string& entry) {
  const std::string end = std::string("/extra/") + kMetadataEntry;
  return entry.size() > end.size() && entry.compare(entry.size() - end.size(), end.size(), end) == 0;
}

nlohmann::json parse_metadata(const std::string& text, const std::string& name) {
  auto json = parse_json(text, name);
  if (!json.is_object()) throw DataError(name + ": its " + kMetadataEntry + " is not JSON; export the model again");
  const auto kind = json.value("kind", nlohmann::json());
  if (kind != kModelKind) {
    throw DataError(name + ": not an exported model but " + (kind.is_string() ? kind.dump() : "something else") +
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

nlohmann::json parse_json(const std::string& text, const std::string& name) {
  if (nested_deeper_than(text)) throw DataError(name + ": its " + kMetadataEntry + " is nested too deeply");
  return nlohmann::json::parse(text, nullptr, false);
}

std::string metadata_text(const std::string& bytes, const std::string& name) {
  if (bytes.compare(0, 2, "PK") != 0) {
    throw DataError(name + ": not a TorchScript file (a zip archive); give the model.pt that trainer wrote");
  }
  const auto entries = weights::read_zip(bytes, name, is_metadata, kMaxMetadataBytes);
  return entries.size() == 1 ? entries.begin()->second : std::string();
}

Archive read_archive(const std::filesystem::path& path) {
  Archive archive{path.string(), read_file(path, kMaxModelBytes), {}};
  const std::string text = metadata_text(archive.bytes, archive.name);
  if (text.empty()) {
    throw DataError(
        archive.name + ": a TorchScript file without " + kMetadataEntry +
        ", so not one of Soundfold's models, and not loaded: such a file is a program that would run with your "
        "privileges; give the model.pt that trainer wrote, or see --trust-foreign-model if you trust its author");
  }
  archive.metadata = parse_metadata(text, archive.name);
  return archive;
}

std::vector<std::string> class_names_of(const torch::jit::Module& module) {
  std::vector<std::string> names;
  for (const auto& name : module.attr("class_names").toList()) {
    names.push_back(torch::jit::IValue(name).toStringRef());
  }
  return names;
}

torch::jit::Module module_from(const Archive& archive, const torch::Device& device) {
  return with_plain_errors(archive.name + ": LibTorch cannot load it", [&] {
    std::istringstream stream(archive.bytes);
    torch::jit::Module module = torch::jit::load(stream, torch::kCPU);
    const std::string digest = yamnet::tensors_digest(module);
    const auto& expected = archive.metadata["tensors_digest"];
    if (expected != digest) {
      throw DataError(archive.name + ": its tensors have the digest " + digest + ", but the file says " +
                      expected.dump() + " (changed or damaged); export the model again");
    }
    if (archive.metadata["class_names"] != class_names_of(module)) {
      throw DataError(archive.name + ": its class names differ from those in its metadata; export the model again");
    }
    module.to(device);
    module.eval();
    return module;
  });
}

}  // namespace soundfold::deploy
