// SPDX-License-Identifier: Apache-2.0
#include "triton/config_text.h"

#include "text/text.h"

namespace soundfold::triton {
namespace {

std::string tensors_text(const char* field, const std::vector<ServedTensor>& tensors) {
  std::string text = std::string(field) + " [\n";
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& tensor = tensors[i];
    std::vector<std::string> dims;
    for (const auto dim : tensor.dims) dims.push_back(std::to_string(dim));
    text += "  { name: \"" + tensor.name + "\" data_type: TYPE_FP32 dims: [ " + join(dims) + " ]";
    if (tensor.labelled) text += " label_filename: \"labels.txt\"";
    text += i + 1 < tensors.size() ? " },\n" : " }\n";
  }
  return text + "]\n";
}

std::string parameter_text(const std::string& key, const std::string& value) {
  return "parameters { key: \"" + key + "\" value: { string_value: \"" + value + "\" } }\n";
}

/// LibTorch's graph optimiser works on the first calls and gains nothing (docs/model_file.md).
std::string parameters_text(Backend backend) {
  if (backend == Backend::onnxruntime) return parameter_text("intra_op_thread_count", "1");
  return parameter_text("DISABLE_OPTIMIZED_EXECUTION", "true") + parameter_text("INTRA_OP_THREAD_COUNT", "1");
}

}  // namespace

std::string model_file_of(Backend backend) {
  return backend == Backend::onnxruntime ? "model.onnx" : "model.pt";
}

std::string config_text(const ServedModel& model) {
  std::string text = "name: \"" + model.name + "\"\n";
  text += "backend: \"" + name_of(model.backend) + "\"\n";
  if (model.backend == Backend::pytorch) text += "platform: \"pytorch_libtorch\"\n";
  text += "max_batch_size: " + std::to_string(model.max_batch) + "\n";
  text += tensors_text("input", model.inputs) + tensors_text("output", model.outputs);
  text += "dynamic_batching { }\ninstance_group [ { kind: KIND_CPU count: 1 } ]\n";
  return text + parameters_text(model.backend);
}

}  // namespace soundfold::triton
