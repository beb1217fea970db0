// SPDX-License-Identifier: Apache-2.0
#include "onnx_graph/check_graph.h"

#include "support/errors.h"

#include <map>
#include <set>

namespace soundfold::onnx_graph {
namespace {

struct Arity {
  std::size_t least, most;
};

/// How many inputs each operator of set 13 takes (https://github.com/onnx/onnx/blob/main/docs/Operators.md).
const std::map<std::string, Arity>& operators() {
  static const std::map<std::string, Arity> table = {
      {"Add", {2, 2}},
      {"Cast", {1, 1}},
      {"Clip", {3, 3}},
      {"Concat", {1, 64}},
      {"Conv", {3, 3}},
      {"DequantizeLinear", {3, 3}},
      {"Div", {2, 2}},
      {"Erf", {1, 1}},
      {"Flatten", {1, 1}},
      {"Gather", {2, 2}},
      {"Gemm", {3, 3}},
      {"GlobalAveragePool", {1, 1}},
      {"GlobalMaxPool", {1, 1}},
      {"GreaterOrEqual", {2, 2}},
      {"Less", {2, 2}},
      {"Log", {1, 1}},
      {"MatMul", {2, 2}},
      {"Max", {2, 2}},
      {"Min", {2, 2}},
      {"Mul", {2, 2}},
      {"Or", {2, 2}},
      {"Pad", {2, 2}},
      {"Pow", {2, 2}},
      {"QuantizeLinear", {3, 3}},
      {"Range", {3, 3}},
      {"ReduceMax", {1, 1}},
      {"ReduceMean", {1, 1}},
      {"ReduceMin", {1, 1}},
      {"ReduceSum", {2, 2}},
      {"Relu", {1, 1}},
      {"Reshape", {2, 2}},
      {"Shape", {1, 1}},
      {"Sigmoid", {1, 1}},
      {"Slice", {4, 5}},
      {"Softmax", {1, 1}},
      {"Split", {2, 2}},
      {"Sqrt", {1, 1}},
      {"Sub", {2, 2}},
      {"Tanh", {1, 1}},
      {"Transpose", {1, 1}},
      {"Unsqueeze", {2, 2}},
  };
  return table;
}

[[noreturn]] void refuse(const std::string& text) {
  throw DataError("ONNX graph: " + text);
}

/// Names that exist so far, and which of them something used.
class Names {
 public:
  void define(const std::string& name) {
    if (name.empty()) refuse("a value without a name");
    if (identifier(name) != name) refuse("'" + name + "' has other characters than letters, digits and _");
    if (!used_.emplace(name, false).second) refuse("'" + name + "' is the name of two values");
  }
  void use(const std::string& name, const std::string& by) {
    const auto found = used_.find(name);
    if (found == used_.end()) refuse(by + " needs '" + name + "', which is not computed before it");
    found->second = true;
  }
  void check_all_used() const {
    for (const auto& [name, used] : used_) {
      if (!used) refuse("nothing uses '" + name + "'");
    }
  }

 private:
  std::map<std::string, bool> used_;
};

void check_bytes(const Tensor& tensor) {
  std::size_t values = 1;
  for (const auto dim : tensor.dims) {
    if (dim < 1) refuse("'" + tensor.name + "' has a dimension of " + std::to_string(dim));
    values *= static_cast<std::size_t>(dim);
  }
  const std::size_t needed = values * properties_of(tensor.type).bytes;
  if (needed != tensor.bytes.size()) {
    refuse("'" + tensor.name + "' has " + std::to_string(tensor.bytes.size()) + " bytes, its shape needs " +
           std::to_string(needed));
  }
}

void check_inputs(const Node& node) {
  const auto found = operators().find(node.op);
  if (found == operators().end()) refuse("an operator '" + node.op + "' is not in the table");
  const auto [least, most] = found->second;
  if (node.outputs.empty()) refuse("an operation " + node.op + " without a result");
  if (node.inputs.size() >= least && node.inputs.size() <= most) return;
  refuse("'" + node.outputs.front() + "': " + node.op + " does not take " + std::to_string(node.inputs.size()) +
         " inputs");
}

}  // namespace

void check_graph(const Graph& graph) {
  Names names;
  for (const auto& input : graph.inputs) names.define(input.name);
  for (const auto& tensor : graph.constants) {
    check_bytes(tensor);
    names.define(tensor.name);
  }
  std::set<std::string> results;
  for (const auto& node : graph.nodes) {
    check_inputs(node);
    for (const auto& input : node.inputs) names.use(input, "'" + node.outputs.front() + "'");
    for (const auto& output : node.outputs) names.define(output);
    results.insert(node.outputs.begin(), node.outputs.end());
  }
  for (const auto& output : graph.outputs) {
    if (results.count(output.name) == 0) refuse("the output '" + output.name + "' is not computed");
    names.use(output.name, "an output");
  }
  names.check_all_used();
}

}  // namespace soundfold::onnx_graph
