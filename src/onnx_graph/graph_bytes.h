// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "onnx_graph/graph.h"

#include <string>

namespace soundfold::onnx_graph {

/// The file: a ModelProto of ONNX (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Equal graphs give equal
/// bytes. Throws DataError when a program could not read it: 2 GB are protobuf's limit.
std::string graph_bytes(const Graph& graph);

/// The graph of such a file, as far as our graphs go. Throws DataError ("<name>: ...") for bytes that are no ONNX model
/// or have what Graph has no place for.
Graph graph_of(const std::string& bytes, const std::string& name);

}  // namespace soundfold::onnx_graph
