// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "text/choice.h"

#include <cstdint>
#include <string>
#include <vector>

/// Triton Inference Server: folders that it serves models from.
namespace soundfold::triton {

/// What computes the model in the server.
enum class Backend { onnxruntime, pytorch };

constexpr ChoiceNames<Backend> choice_names_of(Backend) {
  return {{"onnxruntime", "pytorch"}};
}

/// The file that a backend looks for in the folder of a version.
std::string model_file_of(Backend backend);

/// A tensor that goes in or comes out, float32.
struct ServedTensor {
  std::string name;
  std::vector<std::int64_t> dims;  ///< without the batch; -1: any size
  bool labelled = false;           ///< one value for each line of labels.txt
};

/// A model as config.pbtxt describes it.
struct ServedModel {
  std::string name;  ///< of its folder too
  Backend backend = Backend::onnxruntime;
  int max_batch = 16;
  std::vector<ServedTensor> inputs, outputs;
};

/// config.pbtxt of the model (inference.ModelConfig in protobuf's text format): requests of one length are put into
/// batches, one instance works on the processor with one thread.
std::string config_text(const ServedModel& model);

}  // namespace soundfold::triton
