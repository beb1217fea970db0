// SPDX-License-Identifier: Apache-2.0
#include "deploy/head_module.h"

#include "support/errors.h"

#include <algorithm>
#include <iomanip>
#include <locale>
#include <memory>
#include <sstream>

namespace soundfold::deploy {
namespace {

using torch::jit::Module;

// Of torch::nn::LayerNorm and torch::nn::BatchNorm1d; checked when a head is taken over.
constexpr double kNormEpsilon = 1e-5;

std::string literal(double value) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::scientific << std::setprecision(16) << value;
  return text.str();
}

std::string activation_call(const std::string& name) {
  return "torch." + name + "(x)";
}

std::string norm_call(const training::HeadSpec& spec, std::size_t layer) {
  const std::string name = "self.norm" + std::to_string(layer);
  if (spec.normalization == "layer") {
    return "torch.layer_norm(x, [" + std::to_string(spec.hidden[layer]) + "], " + name + "_weight, " + name +
           "_bias, " + literal(kNormEpsilon) + ")";
  }
  return "torch.batch_norm(x, " + name + "_weight, " + name + "_bias, " + name + "_running_mean, " + name +
         "_running_var, False, 0.0, " + literal(kNormEpsilon) + ", False)";
}

/// Each part of x [n, D'] divided by its root mean square.
std::string scaling_source(const std::vector<std::int64_t>& sizes) {
  std::string source = "    parts: List[Tensor] = []\n    for part in torch.split_with_sizes(x, [";
  for (std::size_t i = 0; i < sizes.size(); ++i) source += (i > 0 ? ", " : "") + std::to_string(sizes[i]);
  source += "], 1):\n        parts.append(part * torch.rsqrt(torch.mean(part * part, [1], True) + ";
  return source + literal(training::kScalingEpsilon) + "))\n    x = torch.cat(parts, 1)\n";
}

/// The layers from pooled input [n, D'] to logits [n, K].
std::string layers_source(const training::HeadSpec& spec) {
  std::string source = "def layers(self, x: Tensor) -> Tensor:\n";
  if (spec.scaling == "rms") source += scaling_source(training::part_sizes(spec));
  const std::size_t count = spec.hidden.size() + 1;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "self.linear" + std::to_string(i);
    source += "    x = torch.linear(x, " + name + "_weight, " + name + "_bias)\n";
    if (i + 1 == count) break;
    if (spec.normalization != "none") source += "    x = " + norm_call(spec, i) + "\n";
    source += "    x = " + activation_call(spec.activation) + "\n";
  }
  return source + "    return x\n";
}

/// What the backbone's own classes say: frames [P, D] -> [P, K], and its share of the logits.
std::string known_source(const training::HeadSpec& spec) {
  if (spec.known_inputs == 0) return "";
  return "\ndef known(self, frames: Tensor) -> Tensor:\n"
         "    return torch.linear(frames[:, :" +
         std::to_string(spec.known_inputs) +
         "], self.known_kernel, self.known_bias)\n"
         "\ndef opinion(self, known: Tensor) -> Tensor:\n"
         "    return known * self.known_gain + self.known_offset\n";
}

/// One clip's frames [P, D] to [1, D'], and what a single frame [P, D] pools to: [P, D'].
struct Pooling {
  std::string clip, frame;
};

Pooling pooling_expressions(const std::string& pooling) {
  if (pooling == "mean") return {"torch.mean(x, [0], True)", "x"};
  if (pooling == "mean_max") {
    return {"torch.cat([torch.mean(x, [0], True), torch.amax(x, [0], True)], 1)", "torch.cat([x, x], 1)"};
  }
  if (pooling == "attention") {
    return {"torch.sum(x * torch.softmax(torch.linear(x, self.attention_weight), 0), [0], True)", "x"};
  }
  throw UsageError("export: unknown pooling '" + pooling + "' (frame, mean, mean_max, attention)");
}

/// linear0.weight as an attribute's name.
std::string attribute_name(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

torch::Tensor copy_of(const torch::Tensor& tensor) {
  return tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous().clone();
}

void check_epsilon(double epsilon) {
  if (epsilon != kNormEpsilon) {
    throw UsageError("export: a normalization with epsilon " + std::to_string(epsilon) + "; the exporter knows 1e-5");
  }
}

}  // namespace

std::string head_source(const training::HeadSpec& spec) {
  std::string source = layers_source(spec) + known_source(spec);
  source += "\ndef forward(self, frames: Tensor) -> Tuple[Tensor, Tensor]:\n";
  source += spec.standardize ? "    x = (frames - self.input_mean) / self.input_scale\n" : "    x = frames\n";
  const bool knows = spec.known_inputs > 0;
  if (spec.pooling == "frame") {
    return source + "    frame_logits = self.layers(x)" + (knows ? " + self.opinion(self.known(frames))" : "") + "\n" +
           "    return (torch.mean(frame_logits, [0]), frame_logits)\n";
  }
  const Pooling pooling = pooling_expressions(spec.pooling);
  source +=
      "    clip_logits = self.layers(" + pooling.clip + ")\n    frame_logits = self.layers(" + pooling.frame + ")\n";
  if (knows) {
    source +=
        "    known = self.known(frames)\n"
        "    clip_logits = clip_logits + self.opinion(torch.amax(known, [0], True))\n"
        "    frame_logits = frame_logits + self.opinion(known)\n";
  }
  return source + "    return (clip_logits[0], frame_logits)\n";
}

torch::jit::Module head_module(training::Head head) {
  for (const auto& norm : head->layer_norms()) check_epsilon(norm->options.eps());
  for (const auto& norm : head->batch_norms()) check_epsilon(norm->options.eps());
  Module module("__torch__.soundfold.Head", std::make_shared<torch::jit::CompilationUnit>());
  for (const auto& parameter : head->named_parameters()) {
    module.register_parameter(attribute_name(parameter.key()), copy_of(parameter.value()), false);
  }
  for (const auto& buffer : head->named_buffers()) {
    const bool counts_batches = !buffer.value().is_floating_point();  // of use in training only
    if (!counts_batches) module.register_buffer(attribute_name(buffer.key()), copy_of(buffer.value()));
  }
  module.register_attribute("training", c10::BoolType::get(), false);
  module.define(head_source(head->spec()));
  return module;
}

nlohmann::json head_json(const training::HeadSpec& spec) {
  return {{"input", spec.input},     {"input_size", spec.input_size}, {"class_count", spec.class_count},
          {"hidden", spec.hidden},   {"activation", spec.activation}, {"normalization", spec.normalization},
          {"dropout", spec.dropout}, {"pooling", spec.pooling},       {"standardize", spec.standardize},
          {"scaling", spec.scaling}, {"parts", spec.parts},           {"known_inputs", spec.known_inputs}};
}

}  // namespace soundfold::deploy
