// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "onnx_graph/graph.h"

namespace soundfold::onnx_graph {

/// What a runtime refuses first: throws DataError ("ONNX graph: ...") unless every operation is one of those in the
/// table with as many inputs as it takes, every input is a constant, an input of the graph or the result of an earlier
/// operation, every result has a name of its own, of letters, digits and _, and is used or an output, every constant is
/// used and has as many bytes as its shape needs, and every output is a result. Types and shapes between operations are
/// not followed.
void check_graph(const Graph& graph);

}  // namespace soundfold::onnx_graph
