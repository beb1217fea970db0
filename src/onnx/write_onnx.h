// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "onnx/model_graph.h"

#include <filesystem>

namespace soundfold::onnx {

/// What was written.
struct WrittenGraph {
  std::size_t bytes = 0, operations = 0, constants = 0;
};

/// Writes the classifier as an ONNX file. It gets its name only when what lies on the disk reads back as the graph and
/// holds what check_graph() wants. Equal models give equal bytes. Throws UsageError as model_graph() does, DataError
/// when the disk does not take the file or it does not read back.
WrittenGraph write_onnx(const runtime::ModelFile& model, Precision precision, const std::filesystem::path& path);

}  // namespace soundfold::onnx
