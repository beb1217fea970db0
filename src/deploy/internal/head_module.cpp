// SPDX-License-Identifier: Apache-2.0
#include "deploy/internal/head_module.h"

#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <iomanip>
#include <locale>
#include <memory>
#include <sstream>

namespace soundfold::deploy {
namespace {

using head_spec::kNormEpsilon;  // of torch::nn::LayerNorm and BatchNorm1d; checked when a head is taken over

std::string literal(double value) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::scientific << std::setprecision(16) << value;
  return text.str();
}

std::string norm_call(const heads::HeadSpec& spec, std::size_t layer) {
  const std::string name = "self.norm" + std::to_string(layer);
  if (spec.normalization == head_spec::Normalization::layer) {
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
  return source + literal(head_spec::kScalingEpsilon) + "))\n    x = torch.cat(parts, 1)\n";
}

/// The layers from pooled input [n, D'] to logits [n, K].
std::string layers_source(const heads::HeadSpec& spec) {
  std::string source = "def layers(self, x: Tensor) -> Tensor:\n";
  if (spec.scaling == head_spec::Scaling::rms) source += scaling_source(head_spec::part_sizes(spec));
  const std::size_t count = spec.hidden.size() + 1;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "self.linear" + std::to_string(i);
    source += "    x = torch.linear(x, " + name + "_weight, " + name + "_bias)\n";
    if (i + 1 == count) break;
    if (spec.normalization != head_spec::Normalization::none) source += "    x = " + norm_call(spec, i) + "\n";
    source += "    x = torch." + name_of(spec.activation) + "(x)\n";
  }
  return source + "    return x\n";
}

/// Logits of the backbone's own classes: frames [P, D] -> [P, K], and its share of the logits.
std::string known_source(const heads::HeadSpec& spec) {
  if (spec.known_inputs == 0) return "";
  const auto inputs = std::to_string(spec.known_inputs);
  auto embeddings = "frames[:, :" + inputs + "]";
  const auto norm = ", [" + inputs + "], None, None, " + literal(spec.known_norm_epsilon) + ")";
  if (spec.known_norm_epsilon > 0) embeddings = "torch.layer_norm(" + embeddings + norm;
  return "\ndef known(self, frames: Tensor) -> Tensor:\n    return torch.linear(" + embeddings +
         ", self.known_kernel, self.known_bias)\n"
         "\ndef opinion(self, known: Tensor) -> Tensor:\n"
         "    return known * self.known_gain + self.known_offset\n";
}

/// How frames become one row for the layers. A clip's frames may come in blocks: `state` is a list of float64 tensors,
/// of which `fresh` are those of one block and `merged` those of the blocks so far with one more.
struct Pooling {
  std::string block;  ///< lines that compute what `fresh` names from x [P, D] or logits [P, K]
  std::vector<std::string> fresh;
  std::vector<std::string> merged;
  std::string before_merge;  ///< lines that `merged` needs
  std::string pooled;        ///< [1, D'], or for pooling: frame the logits [1, K], from the whole state
  std::string frame = "x";   ///< [P, D'] when every frame is pooled alone
};

Pooling pooling_of(head_spec::Pooling kind) {
  const std::string mean = "    count = sums.new_full([1], x.size(0))\n";
  if (kind == head_spec::Pooling::window || kind == head_spec::Pooling::mean) {
    const std::string values = kind == head_spec::Pooling::window ? "logits" : "x";
    return {"    sums = torch.sum(" + values + ".double(), [0], True)\n" + mean,
            {"count", "sums"},
            {"state[0] + count", "state[1] + sums"},
            "",
            "(state[1] / state[0])"};
  }
  if (kind == head_spec::Pooling::mean_max) {
    return {"    sums = torch.sum(x.double(), [0], True)\n" + mean + "    high = torch.amax(x.double(), [0], True)\n",
            {"count", "sums", "high"},
            {"state[0] + count", "state[1] + sums", "torch.maximum(state[2], high)"},
            "",
            "torch.cat([state[1] / state[0], state[2]], 1)",
            "torch.cat([x, x], 1)"};
  }
  // attention: softmax over the frames, each block's with the maximum taken out
  return {
      "    weight = torch.linear(x, self.attention_weight).double()\n"
      "    peak = torch.amax(weight, [0], True)\n"
      "    share = torch.exp(weight - peak)\n"
      "    total = torch.sum(share, [0], True)\n"
      "    sums = torch.sum(x.double() * share, [0], True)\n",
      {"peak", "total", "sums"},
      {"top", "state[1] * old + total * new", "state[2] * old + sums * new"},
      "        top = torch.maximum(state[0], peak)\n"
      "        old = torch.exp(state[0] - top)\n"
      "        new = torch.exp(peak - top)\n",
      "(state[2] / state[1])"};
}

/// Methods pool and finish.
std::string pooling_source(const heads::HeadSpec& spec, Pooling pooling) {
  const bool per_frame = !head_spec::properties_of(spec.pooling).pools_clips;
  const bool knows = spec.known_inputs > 0 && !per_frame;  // the largest logit of a clip's frames counts
  std::string known = std::to_string(pooling.fresh.size());
  if (knows) {
    pooling.block += "    known = torch.amax(self.known(frames), [0], True).double()\n";
    pooling.fresh.push_back("known");
    pooling.merged.push_back("torch.maximum(state[" + known + "], known)");
  }
  const auto list = [](const std::vector<std::string>& values) { return "[" + join(values) + "]\n"; };
  std::string source = "\ndef pool(self, frames: Tensor, logits: Tensor, state: List[Tensor]) -> List[Tensor]:\n";
  source += "    x = self.inputs(frames)\n" + pooling.block + "    if len(state) > 0:\n" + pooling.before_merge;
  source += "        return " + list(pooling.merged) + "    return " + list(pooling.fresh);
  source += "\ndef finish(self, state: List[Tensor]) -> Tensor:\n    pooled = " + pooling.pooled + ".float()\n";
  if (per_frame) return source + "    return pooled[0]\n";
  source += "    logits = self.layers(pooled)\n";
  if (knows) source += "    logits = logits + self.opinion(state[" + known + "].float())\n";
  return source + "    return logits[0]\n";
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

std::string attribute_name(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::string head_source(const heads::HeadSpec& spec) {
  const Pooling pooling = pooling_of(spec.pooling);
  std::string source = layers_source(spec) + known_source(spec);
  source += "\ndef inputs(self, frames: Tensor) -> Tensor:\n    return ";
  source += spec.standardize ? "(frames - self.input_mean) / self.input_scale\n" : "frames\n";
  source += "\ndef window_logits(self, frames: Tensor) -> Tensor:\n    x = self.inputs(frames)\n";
  source += "    logits = self.layers(" + pooling.frame + ")\n";
  if (spec.known_inputs > 0) source += "    logits = logits + self.opinion(self.known(frames))\n";
  source += "    return logits\n" + pooling_source(spec, pooling);
  return source + R"(
def forward(self, frames: Tensor) -> Tuple[Tensor, Tensor]:
    logits = self.window_logits(frames)
    state: List[Tensor] = []
    return (self.finish(self.pool(frames, logits, state)), logits)
)";
}

torch::jit::Module head_module(heads::Head head) {
  for (const auto& norm : head->layer_norms()) check_epsilon(norm->options.eps());
  for (const auto& norm : head->batch_norms()) check_epsilon(norm->options.eps());
  torch::jit::Module module("__torch__.soundfold.Head", std::make_shared<torch::jit::CompilationUnit>());
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

}  // namespace soundfold::deploy
