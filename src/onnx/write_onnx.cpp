// SPDX-License-Identifier: Apache-2.0
#include "onnx/write_onnx.h"

#include "onnx_graph/check_graph.h"
#include "onnx_graph/graph_bytes.h"
#include "support/errors.h"
#include "support/files.h"

#include <fstream>

namespace soundfold::onnx {

WrittenGraph write_onnx(const runtime::ModelFile& model, Precision precision, const std::filesystem::path& path) {
  const Graph graph = model_graph(model, precision);
  onnx_graph::check_graph(graph);
  const std::string bytes = onnx_graph::graph_bytes(graph);
  write_file_atomically(path, [&](const std::filesystem::path& temporary) {
    std::ofstream(temporary, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const std::string written = read_file(temporary);
    if (written != bytes) throw DataError(path.string() + ": the disk did not keep what was written");
    onnx_graph::check_graph(onnx_graph::graph_of(written, path.string()));
  });
  return {bytes.size(), graph.nodes.size(), graph.constants.size()};
}

}  // namespace soundfold::onnx
