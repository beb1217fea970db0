// SPDX-License-Identifier: Apache-2.0
#include "triton/serving_module.h"

#include "deploy/model.h"
#include "device/torch.h"
#include "evaluation/calibration.h"
#include "runtime/appended_classes.h"
#include "support/errors.h"
#include "yamnet/torch_errors.h"

#include <torch/csrc/jit/runtime/graph_executor.h>

#include <memory>
#include <sstream>

namespace soundfold::triton {
namespace {

using torch::jit::Module;

/// A waveform of fewer samples than a frame is refused in a batch; zeros would follow it anyway.
constexpr const char* kForward = R"python(
def forward(self, waveform: Tensor) -> Tuple[Tensor, Tensor]:
    rows = waveform.unsqueeze(0) if waveform.dim() == 1 else waveform
    rows = torch.constant_pad_nd(rows, [0, max(self.least_samples - rows.size(1), 0)], 0.0)
    logits = self.model.forward(rows, None)
    calibrated = logits / self.temperature
    probabilities = torch.sigmoid(calibrated) if self.multi_label else torch.softmax(calibrated, 1)
    return (probabilities, logits)
)python";

Module serving_module(const deploy::Model& model) {
  runtime::refuse_appended(model.metadata(), "Triton");
  const auto json = model.metadata().value("decision", nlohmann::json());
  const auto decision = evaluation::DecisionRule::from_json(json, model.class_names());
  Module serving("__torch__.soundfold.Serving", std::make_shared<torch::jit::CompilationUnit>());
  serving.register_module("model", model.module());
  serving.register_attribute("training", c10::BoolType::get(), false);
  serving.register_attribute("temperature", c10::FloatType::get(), decision.temperature);
  serving.register_attribute("multi_label", c10::BoolType::get(), model.multi_label());
  serving.register_attribute("least_samples", c10::IntType::get(), std::int64_t{model.input().window_samples});
  serving.define(kForward);
  return serving;
}

/// Noise of a bit more than two patches, twice.
torch::Tensor probe(const deploy::Model& model) {
  torch::manual_seed(1);
  return 0.1 * torch::randn({2, 2 * model.input().patch_window_samples() + 17});
}

void compare(const std::string& bytes, const deploy::Model& model, const std::string& name) {
  std::istringstream stream(bytes);
  Module serving = torch::jit::load(stream, torch::kCPU);
  const auto waveforms = probe(model);
  const auto answers = serving.forward({waveforms}).toTuple();
  const auto expected = Module(model.module()).forward({waveforms}).toTensor();
  if (torch::equal(answers->elements()[1].toTensor(), expected)) return;
  throw DataError(name + ": the module for Triton gives other logits");
}

}  // namespace

std::string serving_module_bytes(const std::filesystem::path& model_file) {
  const auto model = deploy::Model::load(model_file, torch::kCPU);
  return yamnet::with_plain_errors(model_file.string() + ": LibTorch refuses the module for Triton", [&] {
    const c10::InferenceMode no_gradients;
    const torch::jit::GraphOptimizerEnabledGuard not_compiled(false);
    std::ostringstream stream;
    serving_module(model).save(stream);
    compare(stream.str(), model, model_file.string());
    return stream.str();
  });
}

}  // namespace soundfold::triton
