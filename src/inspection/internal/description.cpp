// SPDX-License-Identifier: Apache-2.0
#include "inspection/internal/parts.h"
#include "text/text.h"

#include <numeric>

namespace soundfold::inspection {
namespace {

void append(std::vector<Part>& parts, const std::vector<Part>& more) {
  parts.insert(parts.end(), more.begin(), more.end());
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

}  // namespace

void set_windows(ModelDescription& model, const frontend::InputRecipe& input, int patch_hop_frames) {
  const double frame = static_cast<double>(input.hop_samples) / input.sample_rate_hz;
  model.window_seconds = input.frames_of_row() * frame;
  model.window_hop_seconds = input.row_hop_frames(patch_hop_frames) * frame;
}

Port waveform_port(const frontend::InputRecipe& input, const std::string& shape) {
  return {"waveform", "float32", shape,
          "mono samples from -1 to 1 at " + grouped(input.sample_rate_hz) + " Hz, of any length"};
}

std::string embedding_size_text(const std::vector<Part>& parts) {
  for (const auto& part : parts) {
    if (part.name == "embedding") return part.output.substr(1, part.output.size() - 2);  // "[1024]"
  }
  return "";
}

ModelDescription description_of(const ClassifierFacts& facts) {
  ModelDescription model;
  model.kind = "classifier";
  model.created_by = facts.created_by;
  model.class_names = facts.class_names;
  model.multi_label = facts.multi_label;
  model.weights_digest = facts.weights_digest;
  set_windows(model, facts.network.input, facts.patch_hop_frames);
  model.decision = decision_text(facts.rule, facts.class_names, facts.multi_label);
  if (facts.rule.appended > 0) {
    model.decision += "; behind its own classes the backbone's " +
                      grouped(static_cast<std::int64_t>(facts.rule.appended)) + " with their scores";
  }
  model.parts = front_end_parts(facts.network.input);
  append(model.parts, backbone_parts(facts.network, facts.taps, 1));
  model.parts.back().aside = true;  // the scores
  append(model.parts, head_parts(facts.head));
  Part decision;
  decision.group = Part::Group::decision;
  decision.name = facts.multi_label ? "sigmoid" : "softmax";
  decision.detail = "probabilities of the classes";
  decision.output = "[" + std::to_string(facts.class_names.size()) + "]";
  model.parts.push_back(decision);
  return model;
}

std::int64_t ModelDescription::parameters() const {
  return std::accumulate(parts.begin(), parts.end(), std::int64_t{0},
                         [](std::int64_t sum, const Part& part) { return sum + part.parameters; });
}

std::int64_t ModelDescription::macs() const {
  return std::accumulate(parts.begin(), parts.end(), std::int64_t{0},
                         [](std::int64_t sum, const Part& part) { return sum + part.macs; });
}

}  // namespace soundfold::inspection
