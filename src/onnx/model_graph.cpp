// SPDX-License-Identifier: Apache-2.0
#include "onnx/model_graph.h"

#include "network/outputs.h"
#include "onnx/internal/decision.h"
#include "onnx/internal/front_end.h"
#include "onnx/internal/head.h"
#include "onnx/internal/network.h"
#include "runtime/appended_classes.h"
#include "support/errors.h"
#include "support/version.h"

#include <algorithm>

namespace soundfold::onnx {
namespace {

using onnx_graph::Value;

constexpr const char* kWaveform = "waveform";

BackboneAnswers add_backbone(GraphBuilder& builder, const Patches& patches, const runtime::ModelFile& model,
                             Precision precision) {
  const auto& backbone = model.backbone;
  if (backbone.network.transformer) return add_transformer(builder, patches, backbone, model.taps);
  if (precision == Precision::int8) return add_quantized_network(builder, patches.patches, backbone, model.taps);
  return add_network(builder, patches.patches, backbone, model.taps);
}

/// [B * P, width] as [B, P, width], called `name`.
std::string add_by_waveform(GraphBuilder& builder, const std::string& rows, const std::string& batch,
                            std::int64_t width, const std::string& name) {
  const auto shape = add_sizes(builder, {batch, builder.list({-1, width})}, "shape of " + name);
  return builder.add("Reshape", {rows, shape}, name);
}

std::string add_head_input(GraphBuilder& builder, const std::string& embeddings, const std::string& scores,
                           head_spec::HeadInput input) {
  if (input == head_spec::HeadInput::embeddings) return embeddings;
  if (input == head_spec::HeadInput::scores) return scores;
  return builder.add("Concat", {embeddings, scores}, "embeddings and scores", {{"axis", std::int64_t{2}}});
}

/// An output has the name that is promised, whatever the operation that gives it is called.
void rename_result(Graph& graph, const std::string& from, const std::string& to) {
  for (auto& node : graph.nodes) {
    std::replace(node.inputs.begin(), node.inputs.end(), from, to);
    std::replace(node.outputs.begin(), node.outputs.end(), from, to);
  }
}

std::vector<Value> outputs(const runtime::ModelFile& model) {
  const std::string batch = "batch", patches = "patches";
  const std::int64_t classes = model.head.spec.class_count;
  const char* kind = model.multi_label ? "sigmoid of logits / temperature" : "softmax of logits / temperature";
  return {
      {"probabilities", ElementType::float32, {batch, classes}, kind},
      {"logits", ElementType::float32, {batch, classes}, "of the whole clip"},
      {"window_logits", ElementType::float32, {batch, patches, classes}, "of each patch alone"},
      {"window_levels", ElementType::float32, {batch, patches}, "root mean square of what a patch sees, in dBFS"},
      {"window_silent", ElementType::boolean, {batch, patches}, "by the model's silence gate"},
      {"silent", ElementType::boolean, {batch}, "all patches are silent: there is no class to name"},
      {"scores", ElementType::float32, {batch, patches, model.backbone.class_count()}, "of the network's own classes"},
      {"embeddings",
       ElementType::float32,
       {batch, patches, network::embedding_size(model.backbone.network, model.taps)},
       "of each patch"}};
}

nlohmann::json front_end_json(const frontend::InputRecipe& input) {
  return {{"window_samples", input.window_samples},
          {"hop_samples", input.hop_samples},
          {"fft_length", input.fft_length},
          {"mel_bands", input.mel_bands},
          {"mel_low_hz", input.mel_low_hz},
          {"mel_high_hz", input.mel_high_hz},
          {"log_offset", input.log_offset},
          {"patch_frames", input.patch_frames},
          {"centered", input.centered},
          {"power", input.power},
          {"triangles_in_hz", input.triangles_in_hz},
          {"decibels", input.decibels},
          {"top_db", input.top_db},
          {"min_patch_frames", input.min_patch_frames}};
}

std::string text_of(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::pair<std::string, std::string>> metadata(const runtime::ModelFile& model, Precision precision) {
  const auto& input = model.backbone.network.input;
  const std::int64_t hop = input.patch_hop_samples(model.patch_hop_frames);
  return {{"kind", "soundfold classifier"},
          {"format_version", std::to_string(kMetadataVersion)},
          {"created_by", std::string("soundfold ") + version()},
          {"class_names", text_of(model.class_names)},
          {"multi_label", model.multi_label ? "true" : "false"},
          {"decision", text_of(model.decision.to_json(model.class_names))},
          {"sample_rate", std::to_string(input.sample_rate_hz)},
          {"channels", model.channels},
          {"patch_samples", std::to_string(input.patch_window_samples())},
          {"patch_hop_samples", std::to_string(hop)},
          {"front_end", text_of(front_end_json(input))},
          {"precision", name_of(precision)},
          {"head", text_of(head_spec::to_json(model.head.spec))},
          {"score_names", text_of(model.backbone.class_names)},
          {"weights_digest", model.weights_digest},
          {"torchscript_digest", model.torchscript_digest},
          {"weights_source", model.backbone.source},
          {"notice",
           "Made with Soundfold (Apache-2.0). The backbone's weights are as weights_source names them, under their "
           "author's licence; YAMNet's are Google's, Apache-2.0."},
          {"training", text_of(model.metadata)}};
}

/// What the graph's operations would not compute as frontend/ and the engines do.
void refuse_network(const network::Description& network) {
  const char* const other = "; model.pt and model.safetensors are";
  network::refuse_rows(network, "ONNX files");
  if (network.mobilenet) {
    throw UsageError(std::string("ONNX files are not made of models with a MobileNet yet") + other);
  }
  if (network.input.preemphasis > 0 || network.input.symmetric_window) {
    throw UsageError(
        std::string("ONNX files are not made of models whose front end has preemphasis or a symmetric window yet") +
        other);
  }
}

}  // namespace

Graph model_graph(const runtime::ModelFile& model, Precision precision) {
  const auto& backbone = model.backbone;
  const auto& input = backbone.network.input;
  refuse_network(backbone.network);
  runtime::refuse_appended(model.metadata, "ONNX");
  if (precision == Precision::int8 && !backbone.quantization) {
    throw UsageError(
        "int8 needs the arithmetic of the TFLite weights, which this model has not: it was trained on other "
        "weights, or its network was trained too; export it as float32");
  }
  GraphBuilder builder;
  builder.graph().inputs = {{kWaveform,
                             ElementType::float32,
                             {std::string("batch"), std::string("samples")},
                             "mono at sample_rate, from -1 to 1"}};
  const auto patches = add_front_end(builder, kWaveform, input, model.patch_hop_frames);
  const auto answers = add_backbone(builder, patches, model, precision);
  const auto embeddings = add_by_waveform(builder, answers.embeddings, patches.batch,
                                          network::embedding_size(model.backbone.network, model.taps), "embeddings");
  const auto scores = add_by_waveform(builder, answers.scores, patches.batch, backbone.class_count(), "scores");
  const auto head = add_head(builder, add_head_input(builder, embeddings, scores, model.head.spec.input), model.head);
  add_probabilities(builder, head.logits, model);
  add_silence(builder, scores, model);
  Graph graph = std::move(builder.graph());
  rename_result(graph, head.logits, "logits");
  rename_result(graph, head.window_logits, "window_logits");
  graph.outputs = outputs(model);
  graph.metadata = metadata(model, precision);
  graph.meaning = "A waveform to the probabilities of its classes; the texts beside the graph say which";
  return graph;
}

}  // namespace soundfold::onnx
