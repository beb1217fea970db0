// SPDX-License-Identifier: Apache-2.0
#include "onnx/internal/decision.h"

#include "network/outputs.h"

namespace soundfold::onnx {
namespace {

/// No level is below.
constexpr float kNever = -1000;

}  // namespace

void add_probabilities(GraphBuilder& builder, const std::string& logits, const runtime::ModelFile& model) {
  const auto temperature = builder.scalar("temperature", static_cast<float>(model.decision.temperature));
  const auto x = builder.add("Div", {logits, temperature}, "calibrated logits");
  if (model.multi_label) {
    builder.add("Sigmoid", {x}, "probabilities");
  } else {
    builder.add("Softmax", {x}, "probabilities", {{"axis", std::int64_t{1}}});
  }
}

void add_silence(GraphBuilder& builder, const std::string& scores, const runtime::ModelFile& model) {
  const auto& gate = model.decision.silence_gate;
  const auto silence = network::silence_class(model.backbone.class_names);
  const auto threshold = builder.scalar("silence in dBFS", gate ? static_cast<float>(gate->dbfs) : kNever);
  const bool by_score = gate && silence;
  const std::string level_name = by_score ? "window_silent by level" : "window_silent";
  const auto by_level = builder.add("Less", {"window_levels", threshold}, level_name);
  if (by_score) {
    auto score = builder.add("Gather", {scores, builder.number(static_cast<std::int64_t>(*silence))},
                             "scores for Silence", {{"axis", std::int64_t{2}}});
    score = builder.add("GreaterOrEqual", {score, builder.scalar("silence score", static_cast<float>(gate->score))},
                        "window_silent by score");
    builder.add("Or", {by_level, score}, "window_silent");
  }
  auto all = add_cast(builder, "window_silent", ElementType::float32, "silent windows as numbers");
  all = builder.add("ReduceMin", {all}, "least silent window", kOverSecondAxis);
  add_cast(builder, all, ElementType::boolean, "silent");
}

}  // namespace soundfold::onnx
