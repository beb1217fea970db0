// SPDX-License-Identifier: Apache-2.0
#include "inspection/describe_model.h"

#include "deploy/load_model.h"
#include "deploy/model.h"
#include "evaluation/calibration.h"
#include "frontend/recipe.h"
#include "inspection/internal/parts.h"
#include "support/errors.h"
#include "text/text.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"
#include "yamnet/torch_errors.h"

#include <numeric>

namespace soundfold::inspection {
namespace {

constexpr const char* kFloat = "float32";

std::string text_at(const nlohmann::json& json, const char* key) {
  const auto value = json.value(key, nlohmann::json());
  return value.is_string() ? shown(value.get<std::string>()) : "";
}

void append(std::vector<Part>& parts, const std::vector<Part>& more) {
  parts.insert(parts.end(), more.begin(), more.end());
}

void set_windows(ModelDescription& model, const frontend::InputRecipe& input, int patch_hop_frames) {
  const double frame = static_cast<double>(input.hop_samples) / input.sample_rate_hz;
  model.window_seconds = input.patch_frames * frame;
  model.window_hop_seconds = patch_hop_frames * frame;
}

Port waveform_port(const frontend::InputRecipe& input, const std::string& shape) {
  return {"waveform", kFloat, shape,
          "mono samples from -1 to 1 at " + grouped(input.sample_rate_hz) + " Hz, of any length"};
}

std::string gate_text(const evaluation::DecisionRule& rule) {
  if (!rule.silence_gate) return "any sound is given a class";
  return "below " + fixed(rule.silence_gate->dbfs, 0) + " dBFS, or with a score for Silence from " +
         fixed(rule.silence_gate->score, 2) + ", a window is silence";
}

std::string decision_text(const evaluation::DecisionRule& rule, const std::vector<std::string>& names,
                          bool multi_label) {
  std::vector<std::string> parts;
  parts.push_back(multi_label ? "each class by itself (sigmoid)" : "one class (softmax)");
  if (rule.temperature != 1) parts.push_back("temperature " + fixed(rule.temperature, 3));
  if (!rule.thresholds.empty()) {
    std::vector<std::string> values;
    for (std::size_t k = 0; k < names.size(); ++k) values.push_back(names[k] + " " + fixed(rule.thresholds[k], 3));
    parts.push_back("thresholds " + join(values));
  }
  if (rule.negative_class) parts.push_back(names[*rule.negative_class] + " means none of the others");
  parts.push_back(gate_text(rule));
  return join(parts, "; ");
}

std::vector<Port> classifier_outputs(const std::string& embeddings) {
  return {{"forward", kFloat, "[K] or [B, K]", "logits of the clip"},
          {"classify: classifier", kFloat, "[K]", "the same logits"},
          {"classify: probabilities", kFloat, "[K]", "of the classes, before the temperature"},
          {"classify: frame_logits", kFloat, "[P, K]", "logits of each window"},
          {"classify: embeddings", kFloat, "[P, " + embeddings + "]", "of the backbone"},
          {"classify: scores", kFloat, "[P, S]", "of the backbone's own classes"},
          {"classify: frame_levels", kFloat, "[P]", "dBFS of each window"},
          {"classify: frame_silent", "bool", "[P]", "windows that are silence"},
          {"classify: silent", "bool", "[]", "all of them are"}};
}

std::string last_size(const std::vector<Part>& backbone) {
  const auto& shape = backbone.at(backbone.size() - 2).output;  // of the embedding: "[1024]"
  return shape.substr(1, shape.size() - 2);
}

ModelDescription describe_classifier(const std::filesystem::path& file) {
  const auto loaded = deploy::Model::load(file, torch::kCPU);
  const auto& metadata = loaded.metadata();
  ModelDescription model;
  model.kind = "classifier";
  model.created_by = text_at(metadata, "created_by") + ", LibTorch " + text_at(metadata, "libtorch");
  model.class_names = loaded.class_names();
  model.multi_label = loaded.multi_label();
  model.weights_digest = text_at(metadata, "weights_digest");
  set_windows(model, loaded.input(), loaded.patch_hop_frames());
  const auto rule =
      evaluation::DecisionRule::from_json(metadata.value("decision", nlohmann::json()), model.class_names);
  model.decision = decision_text(rule, model.class_names, model.multi_label);
  model.inputs = {waveform_port(loaded.input(), "[N] or [B, N]"),
                  {"lengths", "int64", "[B]", "optional: samples of each row that count"}};
  const auto network = loaded.module().attr("backbone").toModule().attr("network").toModule();
  const auto backbone = backbone_parts(network, yamnet::network_of(network));
  model.outputs = classifier_outputs(last_size(backbone));
  model.parts = front_end_parts(loaded.input());
  append(model.parts, backbone);
  model.parts.back().aside = true;  // the scores
  append(model.parts, head_parts(loaded.module().attr("head").toModule(), metadata.at("head")));
  Part decision;
  decision.group = Part::Group::decision;
  decision.name = model.multi_label ? "sigmoid" : "softmax";
  decision.detail = "probabilities of the classes";
  decision.output = "[" + std::to_string(model.class_names.size()) + "]";
  model.parts.push_back(decision);
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
  append(model.parts, backbone_parts(loaded.module.attr("network").toModule(), loaded.network));
  return model;
}

}  // namespace

std::int64_t ModelDescription::parameters() const {
  return std::accumulate(parts.begin(), parts.end(), std::int64_t{0},
                         [](std::int64_t sum, const Part& part) { return sum + part.parameters; });
}

std::int64_t ModelDescription::macs() const {
  return std::accumulate(parts.begin(), parts.end(), std::int64_t{0},
                         [](std::int64_t sum, const Part& part) { return sum + part.macs; });
}

ModelDescription describe_model(const std::filesystem::path& file) {
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
