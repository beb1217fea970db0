// SPDX-License-Identifier: Apache-2.0
#include "yamnet/internal/metadata.h"

#include "support/errors.h"
#include "text/json_depth.h"
#include "text/json_number.h"
#include "text/text.h"
#include "weights/quantization.h"
#include "yamnet/archive.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <utility>

namespace soundfold::yamnet {
namespace {

using Json = nlohmann::ordered_json;

// The largest real one has 7 kB. JSON values take many times the room of their text.
constexpr std::size_t kMaxTextBytes = 1'000'000;

Metadata metadata_from(const Json& json) {
  Metadata metadata;
  metadata.format_version = whole_number(json, "format_version");
  metadata.weights_digest = json.at("weights_digest").get<std::string>();
  metadata.source = json.at("source").get<std::string>();
  metadata.class_count = whole_number(json, "class_count");
  metadata.embedding_size = whole_number(json, "embedding_size");
  metadata.patch_hop_frames = whole_number(json, "patch_hop_frames");
  const auto name = json.at("activation").get<std::string>();
  const auto activation = network::activation_from_name(name);
  if (!activation) throw DataError("activation '" + name + "'");
  metadata.activation = *activation;
  if (json.contains("quantization")) metadata.quantization = weights::quantization_from(json.at("quantization"));
  return metadata;
}

Json parse_json(const std::string& text, const std::string& name) {
  if (text.size() > kMaxTextBytes) throw DataError(name + ": its " + kMetadataEntry + " is too large");
  if (nested_deeper_than(text)) throw DataError(name + ": its " + kMetadataEntry + " is nested too deeply");
  return Json::parse(text, nullptr, false);
}

}  // namespace

std::string metadata_text(const Metadata& metadata) {
  Json json{{"kind", kBackboneKind},
            {"format_version", metadata.format_version},
            {"weights_digest", metadata.weights_digest},
            {"source", metadata.source},
            {"class_count", metadata.class_count},
            {"embedding_size", metadata.embedding_size},
            {"activation", network::activation_name(metadata.activation)},
            {"patch_hop_frames", metadata.patch_hop_frames}};
  if (metadata.quantization) json["quantization"] = weights::quantization_json(*metadata.quantization);
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Metadata parse_metadata(const std::string& text, const std::string& name) {
  const Json json = parse_json(text, name);
  if (!json.is_object() || json.value("kind", Json()) != kBackboneKind || !json.contains("format_version")) {
    throw DataError(name + ": its " + kMetadataEntry +
                    " is not one of Soundfold's YAMNet files; make it with importer");
  }
  const Json& version = json.at("format_version");
  if (!version.is_number_integer() || version.get<std::int64_t>() < 1) {
    throw DataError(name + ": its format_version is not a number from 1 up");
  }
  if (version.get<std::int64_t>() > kFormatVersion) {
    throw DataError(name + ": format version " + version.dump() + ", this program knows versions up to " +
                    std::to_string(kFormatVersion) + "; use a newer Soundfold or import the weights again");
  }
  try {
    return metadata_from(json);
  } catch (const std::exception& error) {
    throw DataError(name + ": its " + kMetadataEntry + " is incomplete or damaged: " + shown(error.what()));
  }
}

}  // namespace soundfold::yamnet
