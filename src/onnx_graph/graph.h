// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// ONNX: graphs as plain values, of the kind that whole classifiers are written as.
namespace soundfold::onnx_graph {

/// Types of values, of those that ONNX has the ones that our graphs need.
enum class ElementType { float32, float64, uint8, int8, int32, int64, boolean };

/// What the format calls a type (TensorProto.DataType), and the size of a value.
struct ElementProperties {
  int number;
  std::size_t bytes;
};
ElementProperties properties_of(ElementType type);

/// A constant. Its values are little-endian and row-major; without `dims` there is one.
struct Tensor {
  std::string name;
  ElementType type = ElementType::float32;
  std::vector<std::int64_t> dims;
  std::string bytes;
};

using Attribute = std::variant<std::int64_t, std::vector<std::int64_t>>;
using Attributes = std::map<std::string, Attribute>;

/// One operation. It has the name of its first output.
struct Node {
  std::string op;  ///< "Conv"
  std::vector<std::string> inputs, outputs;
  Attributes attributes;
};

/// Of an input or output: a size, or where it differs from call to call a name ("batch").
using Dimension = std::variant<std::int64_t, std::string>;

/// What goes in or comes out.
struct Value {
  std::string name;
  ElementType type = ElementType::float32;
  std::vector<Dimension> dims;
  std::string meaning;  ///< one line for people
};

/// A graph and the texts beside it. Operations are in an order in which they can be computed.
struct Graph {
  std::string meaning;  ///< of the graph, for people
  std::vector<Node> nodes;
  std::vector<Tensor> constants;
  std::vector<Value> inputs, outputs;
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// Version of ONNX's operators that graphs use (2020), and of the file's format that came with it.
inline constexpr int kOperatorSet = 13;
inline constexpr int kFormatVersion = 7;

/// `name` with _ for all but letters and digits: the standard wants names that C could have.
std::string identifier(std::string name);

/// Adds operations and constants to a graph. Names of values are chosen by the caller, are made identifiers, and appear
/// in tools that show graphs; a name that is given twice is found by check_graph().
class GraphBuilder {
 public:
  /// One operation with one result, which is called `name`. Returns the name as it became.
  std::string add(const std::string& op, std::vector<std::string> inputs, const std::string& name,
                  Attributes attributes = {});
  /// The same with several results.
  std::vector<std::string> add(const std::string& op, std::vector<std::string> inputs, std::vector<std::string> names,
                               Attributes attributes = {});

  /// Constants; they return their name.
  std::string constant(const std::string& name, std::vector<std::int64_t> dims, const std::vector<float>& values);
  std::string constant(const std::string& name, std::vector<std::int64_t> dims, const std::vector<double>& values);
  std::string constant(const std::string& name, std::vector<std::int64_t> dims,
                       const std::vector<std::uint8_t>& values);
  std::string constant(const std::string& name, std::vector<std::int64_t> dims,
                       const std::vector<std::int32_t>& values);
  std::string scalar(const std::string& name, float value);
  /// The constant of that name where there is one already, otherwise a new one.
  std::string shared(const std::string& name, std::vector<std::int64_t> dims, const std::vector<float>& values);
  /// A whole number, or a list of them (axes, sizes): named by their values, so that equal ones are one constant.
  std::string number(std::int64_t value);
  std::string list(const std::vector<std::int64_t>& values);

  /// The constant of that name so far; null without one.
  const Tensor* constant_called(const std::string& name) const;

  const Graph& graph() const { return graph_; }
  Graph& graph() { return graph_; }

 private:
  std::string add_constant(Tensor tensor);
  std::string whole_numbers(const std::string& name, std::vector<std::int64_t> dims,
                            const std::vector<std::int64_t>& values);
  Graph graph_;
};

}  // namespace soundfold::onnx_graph
