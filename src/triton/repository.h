// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "onnx/model_graph.h"
#include "triton/config_text.h"
#include "triton/model_source.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::triton {

struct RepositoryRequest {
  std::filesystem::path folder;  ///< made when missing; what is in it under other names stays
  std::string name = "sound";    ///< of the model: letters, digits, _ and -
  std::vector<Backend> backends = {Backend::onnxruntime};
  onnx::Precision precision = onnx::Precision::float32;  ///< of the ONNX model
};

/// Writes a model repository: for each backend a folder <name>_<backend> with config.pbtxt, labels.txt and 1/model.onnx
/// or 1/model.pt, and README.md with commands. Returns the files. Throws UsageError for a name that is not as above,
/// class names of several lines, and the PyTorch backend when `source` has no model.pt; DataError when the disk does
/// not take the files.
std::vector<std::filesystem::path> write_repository(const ModelSource& source, const RepositoryRequest& request);

}  // namespace soundfold::triton
