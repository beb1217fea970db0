// SPDX-License-Identifier: Apache-2.0
#include "runtime/internal/model_texts.h"

#include "audio/waveform.h"
#include "network/outputs.h"
#include "support/errors.h"
#include "text/json_depth.h"
#include "text/text.h"
#include "weights/network_tensors.h"
#include "weights/quantization.h"

#include <optional>
#include <utility>

namespace soundfold::runtime {
namespace {

using nlohmann::json;
using tensor_files::SafetensorsReader;

constexpr const char* kFormat = "soundfold classifier";

std::string dumped(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// A text that is JSON. Throws DataError.
template <typename Json = json>
Json json_in(const SafetensorsReader& file, const char* key) {
  const auto& text = file.text(key);
  Json value = nested_deeper_than(text) ? Json(Json::value_t::discarded) : Json::parse(text, nullptr, false);
  if (value.is_discarded()) file.fail(key, "not JSON, or nested too deeply");
  return value;
}

/// Runs `body` about the text `key`; an error becomes one that names it.
template <typename Body>
auto about(const SafetensorsReader& file, const char* key, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& error) {
    file.fail(key, error.what());
  }
}

std::vector<std::int64_t> taps_in(const SafetensorsReader& file, const network::Description& network) {
  const std::size_t blocks =
      network.transformer ? static_cast<std::size_t>(network.transformer->depth) : network::blocks(network).size();
  std::vector<std::int64_t> taps;
  const auto list = json_in(file, "taps");
  if (!list.is_array() || list.size() > blocks) file.fail("taps", "not a list of blocks");
  for (const auto& tap : list) {
    const auto block = tap.is_number_integer() ? tap.get<std::int64_t>() : 0;
    const bool ascends = taps.empty() || block > taps.back();
    if (block < 1 || block >= static_cast<std::int64_t>(blocks) || !ascends) {
      file.fail("taps", shown(list.dump()) + ", expected blocks from 1 to " + std::to_string(blocks - 1) +
                            ", each once and ascending");
    }
    taps.push_back(block);
  }
  return taps;
}

/// Their number is known only when they are read.
std::vector<std::string> class_names_in(const SafetensorsReader& file, const head_spec::HeadSpec& spec) {
  return file.names("class_names", spec.class_count);
}

bool multi_label_in(const SafetensorsReader& file) {
  const auto& text = file.text("multi_label");
  if (text != "true" && text != "false") file.fail("multi_label", "'" + text + "', expected true or false");
  return text == "true";
}

int patch_hop_in(const SafetensorsReader& file) {
  const auto hop = json_in(file, "patch_hop_frames");
  const auto frames = hop.is_number_integer() ? hop.get<std::int64_t>() : 0;
  about(file, "patch_hop_frames", [&] { frontend::check_patch_hop(frames); });
  return static_cast<int>(frames);
}

WeightFormat format_in(const SafetensorsReader& file) {
  const auto format = choice_named<WeightFormat>(file.text("weights"));
  if (!format)
    file.fail("weights", "'" + file.text("weights") + "', expected " + join(choice_names<WeightFormat>(), " or "));
  return *format;
}

/// Values of a window: of the embedding with its taps, or of the scores, or both.
std::int64_t window_values(const ModelFile& model) {
  const auto embedding = network::embedding_size(model.backbone.network, model.taps);
  return head_spec::input_size(model.head.spec.input, embedding, model.backbone.class_count());
}

}  // namespace

std::string misfit(const ModelFile& model) {
  const auto& spec = model.head.spec;
  const auto values = window_values(model);
  if (values != spec.input_size) {
    return "the head takes " + std::to_string(spec.input_size) + " values of a window, the backbone gives " +
           std::to_string(values);
  }
  if (static_cast<std::int64_t>(model.class_names.size()) != spec.class_count) {
    return std::to_string(model.class_names.size()) + " class names for a head of " + std::to_string(spec.class_count) +
           " classes";
  }
  try {
    frontend::check_patch_hop(model.patch_hop_frames, model.backbone.network.input);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

tensor_files::SafetensorsWriter::Json texts_of(const ModelFile& model) {
  tensor_files::SafetensorsWriter::Json texts{{"format", kFormat},
                                              {"format_version", std::to_string(kModelFileVersion)},
                                              {"weights", name_of(model.weight_format)}};
  weights::add_network_texts(texts, model.backbone.network);
  texts["taps"] = json(model.taps).dump();
  texts["patch_hop_frames"] = std::to_string(model.patch_hop_frames);
  if (model.backbone.quantization) {
    texts["int8_arithmetic"] = weights::quantization_json(*model.backbone.quantization).dump();
  }
  texts["backbone_class_names"] = dumped(model.backbone.class_names);
  texts["backbone_source"] = model.backbone.source;
  texts["head"] = dumped(head_spec::to_json(model.head.spec));
  texts["class_names"] = dumped(model.class_names);
  texts["multi_label"] = model.multi_label ? "true" : "false";
  texts["decision"] = dumped(model.decision.to_json(model.class_names));
  if (model.event_rules) texts["events"] = dumped(events::to_json(*model.event_rules, model.class_names));
  texts["channels"] = model.channels;
  texts["weights_digest"] = model.weights_digest;
  texts["torchscript_digest"] = model.torchscript_digest;
  texts["metadata"] = dumped(model.metadata);
  return texts;
}

void read_texts(const SafetensorsReader& file, ModelFile& model) {
  file.check_format(kFormat, {std::to_string(kModelFileVersion)});
  model.backbone.network = weights::network_in(file);
  model.taps = taps_in(file, model.backbone.network);
  model.patch_hop_frames = patch_hop_in(file);
  if (file.has_text("int8_arithmetic")) {
    model.backbone.quantization = about(file, "int8_arithmetic", [&] {
      return weights::quantization_from(json_in<nlohmann::ordered_json>(file, "int8_arithmetic"));
    });
  }
  model.head.spec = about(file, "head", [&] { return head_spec::from_json(json_in(file, "head")); });
  model.class_names = class_names_in(file, model.head.spec);
  model.multi_label = multi_label_in(file);
  model.decision = about(file, "decision", [&] {
    return evaluation::DecisionRule::from_json(json_in(file, "decision"), model.class_names);
  });
  if (file.has_text("events")) {
    model.event_rules =
        about(file, "events", [&] { return events::event_rules_from(json_in(file, "events"), model.class_names); });
  }
  model.channels = file.text("channels");
  about(file, "channels", [&] { audio::channels_named(model.channels); });
  model.weights_digest = file.text("weights_digest");
  model.torchscript_digest = file.text("torchscript_digest");
  model.metadata = json_in(file, "metadata");
  if (!model.metadata.is_object()) file.fail("metadata", "not an object");
  model.weight_format = format_in(file);
}

}  // namespace soundfold::runtime
