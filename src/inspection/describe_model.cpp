// SPDX-License-Identifier: Apache-2.0
#include "inspection/describe_model.h"

#include "deploy/load_model.h"
#include "deploy/model.h"
#include "device/torch.h"
#include "evaluation/calibration.h"
#include "head_spec/head_spec.h"
#include "inspection/internal/parts.h"
#include "runtime/model_file.h"
#include "support/errors.h"
#include "text/text.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"
#include "yamnet/torch_errors.h"

namespace soundfold::inspection {
namespace {

constexpr const char* kFloat = "float32";

std::string text_at(const nlohmann::json& json, const char* key) {
  const auto value = json.value(key, nlohmann::json());
  return value.is_string() ? shown(value.get<std::string>()) : "";
}

/// `version` is the file's format.
std::vector<Port> classifier_outputs(const std::string& embeddings, int version) {
  const std::string window = version == 1 ? "classify: frame_" : "classify: window_";
  std::vector<Port> ports = {{"forward", kFloat, "[K] or [B, K]", "logits of the clip"},
                             {"classify: classifier", kFloat, "[K]", "the same logits"}};
  if (version == 1) {
    ports.push_back({"classify: probabilities", kFloat, "[K]", "of the classes, before the temperature"});
  } else {
    ports.push_back({"classify: probabilities", kFloat, "[K]", "of the classes"});
    ports.push_back({"classify: labels", "int64", "[0 to K]", "the classes answered, most probable first"});
  }
  ports.insert(ports.end(), {{window + "logits", kFloat, "[P, K]", "logits of each window"},
                             {"classify: embeddings", kFloat, "[P, " + embeddings + "]", "of the backbone"},
                             {"classify: scores", kFloat, "[P, S]", "of the backbone's own classes"},
                             {window + "levels", kFloat, "[P]", "dBFS of each window"},
                             {window + "silent", "bool", "[P]", "windows that are silence"},
                             {"classify: silent", "bool", "[]", "all of them are"}});
  return ports;
}

/// Files of older versions lack what heads could not be then.
head_spec::HeadSpec head_of(const nlohmann::json& json) {
  auto whole = head_spec::to_json(head_spec::HeadSpec());
  whole.update(json);
  return head_spec::from_json(whole);
}

ModelDescription describe_classifier(const std::filesystem::path& file) {
  const auto loaded = deploy::Model::load(file, torch::kCPU);
  const auto& metadata = loaded.metadata();
  const auto network = loaded.module().attr("backbone").toModule().attr("network").toModule();
  ClassifierFacts facts;
  facts.network = yamnet::network_of(network);
  facts.taps = yamnet::taps_of(network);
  facts.head = head_of(metadata.at("head"));
  facts.class_names = loaded.class_names();
  facts.multi_label = loaded.multi_label();
  facts.patch_hop_frames = loaded.patch_hop_frames();
  facts.rule = evaluation::DecisionRule::from_json(metadata.value("decision", nlohmann::json()), facts.class_names);
  if (loaded.appends_backbone()) facts.rule.appended = loaded.backbone_class_names().size();
  facts.weights_digest = text_at(metadata, "weights_digest");
  facts.created_by = text_at(metadata, "created_by") + ", LibTorch " + text_at(metadata, "libtorch");
  auto model = description_of(facts);
  model.inputs = {waveform_port(loaded.input(), "[N] or [B, N]"),
                  {"lengths", "int64", "[B]", "optional: samples of each row that count"}};
  model.outputs = classifier_outputs(embedding_size_text(model.parts), metadata.value("format_version", 1));
  return model;
}

ModelDescription describe_backbone(const std::filesystem::path& file) {
  const auto loaded = yamnet::load_module(file, torch::kCPU);
  ModelDescription model;
  model.kind = "backbone";
  model.class_names = loaded.class_names;
  model.multi_label = true;
  model.weights_digest = loaded.weights_digest;
  model.decision = "each class by itself (sigmoid); the mean over the windows";
  set_windows(model, loaded.network.input, loaded.patch_hop_frames);
  model.inputs = {waveform_port(loaded.network.input, "[N]")};
  const auto size = std::to_string(loaded.embedding_size);
  model.outputs = {{"forward: scores", kFloat, "[P, K]", "of the classes, of each window"},
                   {"forward: embeddings", kFloat, "[P, " + size + "]", "of each window"},
                   {"forward: log_mel", kFloat, "[T, " + std::to_string(loaded.network.input.mel_bands) + "]",
                    "one row every 10 ms"}};
  model.parts = front_end_parts(loaded.network.input);
  const auto parts = backbone_parts(loaded.network, {}, 3);
  model.parts.insert(model.parts.end(), parts.begin(), parts.end());
  return model;
}

}  // namespace

ModelDescription describe_model(const std::filesystem::path& file) {
  if (runtime::is_model_file(file)) return describe_plain_model(file);
  const auto kind = deploy::file_kind(file);
  if (kind == deploy::FileKind::foreign) {
    throw DataError(file.string() +
                    ": not a model of Soundfold's, whose parts are known; give a model.pt of trainer's or a yamnet.pt "
                    "of importer's");
  }
  auto model = yamnet::with_plain_errors(file.string() + ": its parts are not those of a model of this version", [&] {
    return kind == deploy::FileKind::model ? describe_classifier(file) : describe_backbone(file);
  });
  model.file = file.string();
  model.bytes = std::filesystem::file_size(file);
  return model;
}

}  // namespace soundfold::inspection
