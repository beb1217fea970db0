// SPDX-License-Identifier: Apache-2.0
#include "inspection/describe_model.h"
#include "inspection/internal/parts.h"
#include "runtime/appended_classes.h"
#include "runtime/model_file.h"
#include "text/text.h"

namespace soundfold::inspection {
namespace {

std::string created_by(const nlohmann::json& metadata) {
  const auto maker = metadata.value("created_by", nlohmann::json());
  return maker.is_string() ? shown(maker.get<std::string>()) : "";
}

}  // namespace

ModelDescription describe_plain_model(const std::filesystem::path& file) {
  auto read = runtime::read_model_file(file);
  if (runtime::appends_backbone(read.metadata)) read.decision.appended = read.backbone.class_names.size();
  const auto& network = read.backbone.network;
  auto model =
      description_of({network, read.taps, read.head.spec, read.class_names, read.multi_label, read.patch_hop_frames,
                      read.decision, shown(read.weights_digest), created_by(read.metadata)});
  model.event_rules = read.event_rules;
  model.inputs = {waveform_port(network.input, "[N]")};
  model.outputs = {{"logits", "float32", "[K]", "of the clip"},
                   {"probabilities", "float64", "[K]", "of the classes, with the temperature"},
                   {"window: logits", "float32", "[P, K]", "of each window"},
                   {"window: probabilities", "float64", "[P, K]", "of each window, with the temperature"},
                   {"window: level", "float32", "[P]", "dBFS of each window"},
                   {"window: silent", "bool", "[P]", "windows that are silence"},
                   {"silent", "bool", "[]", "all of them are"}};
  model.file = file.string();
  model.bytes = std::filesystem::file_size(file);
  return model;
}

}  // namespace soundfold::inspection
