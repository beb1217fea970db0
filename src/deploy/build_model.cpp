// SPDX-License-Identifier: Apache-2.0
#include "deploy/export.h"
#include "deploy/internal/head_module.h"
#include "deploy/internal/model_source.h"
#include "heads/head.h"
#include "network/outputs.h"
#include "support/errors.h"
#include "yamnet/folded_module.h"
#include "yamnet/torch_errors.h"

#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <memory>

namespace soundfold::deploy {
namespace {

using torch::jit::Module;

void check_fit(const yamnet::LoadedModule& backbone, const heads::HeadSpec& spec,
               const std::vector<std::string>& class_names) {
  const auto scores = static_cast<std::int64_t>(backbone.class_names.size());
  // With taps the embedding is longer than the network's own.
  const std::int64_t values = heads::input_size(spec.input, backbone.embedding_size, scores);
  if (values != spec.input_size) {
    throw UsageError("export: the head takes " + std::to_string(spec.input_size) +
                     " values per window, the backbone's " + name_of(spec.input) + " have " + std::to_string(values));
  }
  if (static_cast<std::int64_t>(class_names.size()) != spec.class_count) {
    throw UsageError("export: " + std::to_string(class_names.size()) + " class names for a head of " +
                     std::to_string(spec.class_count) + " classes");
  }
}

/// With LibTorch's optimiser switched off, freeze() follows calls one level deep and leaves those below without their
/// methods. So the methods that the model's own methods call call nothing. LibTorch reads a class' code in a time that
/// grows with its square: the network is in there once.
void inline_calls(const Module& model) {
  const torch::jit::GraphOptimizerEnabledGuard follow_all_levels(true);
  torch::jit::Inline(*model.get_method("analyse").graph());
  const auto head = model.attr("head").toModule();
  for (const char* name : {"forward", "window_logits", "pool", "finish"}) {
    torch::jit::Inline(*head.get_method(name).graph());
  }
}

void check_rule(const evaluation::DecisionRule& rule, std::size_t classes) {
  if (!(rule.temperature > 0)) throw UsageError("export: a temperature must be above 0");
  if (!rule.thresholds.empty() && rule.thresholds.size() != classes) {
    throw UsageError("export: " + std::to_string(rule.thresholds.size()) + " thresholds for " +
                     std::to_string(classes) + " classes");
  }
  if (rule.negative_class && *rule.negative_class >= classes) {
    throw UsageError("export: the negative class is number " + std::to_string(*rule.negative_class) + " of " +
                     std::to_string(classes));
  }
}

void register_gate(Module& model, const std::optional<evaluation::SilenceGate>& gate) {
  const auto values = gate.value_or(evaluation::SilenceGate());
  model.register_attribute("silence_gate", c10::BoolType::get(), gate.has_value());
  model.register_attribute("silence_dbfs", c10::FloatType::get(), values.dbfs);
  model.register_attribute("silence_score", c10::FloatType::get(), values.score);
  model.register_attribute("silence_class", c10::IntType::get(), silence_class_of(model.attr("backbone").toModule()));
}

void register_rule(Module& model, const evaluation::DecisionRule& rule) {
  model.register_attribute("temperature", c10::FloatType::get(), rule.temperature);
  model.register_attribute("thresholds", c10::ListType::ofFloats(), c10::List<double>(rule.thresholds));
  model.register_attribute("negative_class", c10::IntType::get(),
                           rule.negative_class ? static_cast<std::int64_t>(*rule.negative_class) : -1);
  register_gate(model, rule.silence_gate);
}

}  // namespace

std::int64_t silence_class_of(const Module& backbone) {
  if (!backbone.hasattr("class_names")) return -1;
  const auto found = network::silence_class(yamnet::class_names_of(backbone));
  return found ? static_cast<std::int64_t>(*found) : -1;
}

evaluation::DecisionRule default_rule() {
  evaluation::DecisionRule rule;
  rule.silence_gate = evaluation::SilenceGate();
  return rule;
}

torch::jit::Module build_model(const yamnet::LoadedModule& backbone, heads::Head head,
                               const std::vector<std::string>& class_names, bool multi_label,
                               const evaluation::DecisionRule& rule) {
  const heads::HeadSpec& spec = head->spec();
  check_fit(backbone, spec, class_names);
  check_rule(rule, class_names.size());
  return yamnet::with_plain_errors("export: LibTorch refuses the model", [&] {
    const Module network = yamnet::folded_module(backbone.module, backbone.network);
    Module model("__torch__.soundfold.SoundClassifier", std::make_shared<torch::jit::CompilationUnit>());
    model.register_module("backbone", network);
    model.register_module("head", head_module(head));
    model.register_attribute("training", c10::BoolType::get(), false);
    model.register_attribute("class_names", c10::ListType::ofStrings(), c10::List<std::string>(class_names));
    model.register_attribute("sample_rate", c10::IntType::get(), network.attr("sample_rate").toInt());
    model.register_attribute("patch_hop_frames", c10::IntType::get(), network.attr("patch_hop_frames").toInt());
    model.register_attribute("multi_label", c10::BoolType::get(), multi_label);
    model.register_attribute("weights_digest", c10::StringType::get(), backbone.weights_digest);
    model.register_attribute("head_spec", c10::StringType::get(), head_spec::to_json(spec).dump());
    register_rule(model, rule);
    model.define(model_source(spec.input, backbone.network.input));
    inline_calls(model);
    return model;
  });
}

}  // namespace soundfold::deploy
