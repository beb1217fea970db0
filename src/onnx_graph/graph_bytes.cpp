// SPDX-License-Identifier: Apache-2.0
#include "onnx_graph/graph_bytes.h"

#include "support/errors.h"
#include "support/version.h"

#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include <array>
#include <limits>

namespace soundfold::onnx_graph {
namespace {

using Writer = protozero::pbf_writer;
using Reader = protozero::pbf_reader;

// Numbers of the fields in onnx.proto.
enum Model : unsigned { kIrVersion = 1, kProducer = 2, kProducerVersion = 3, kGraph = 7, kOperators = 8, kTexts = 14 };
enum OperatorSet : unsigned { kSetVersion = 2 };
enum Text : unsigned { kTextKey = 1, kTextValue = 2 };
enum GraphField : unsigned { kNode = 1, kGraphName = 2, kInitializer = 5, kGraphDoc = 10, kInput = 11, kOutput = 12 };
enum NodeField : unsigned { kNodeInput = 1, kNodeOutput = 2, kNodeName = 3, kNodeOp = 4, kNodeAttribute = 5 };
enum AttributeField : unsigned { kAttributeName = 1, kWhole = 3, kWholes = 8, kAttributeType = 20 };
enum AttributeType { kWholeType = 2, kWholesType = 7 };
enum TensorField : unsigned { kDims = 1, kDataType = 2, kTensorName = 8, kRawData = 9 };
enum ValueField : unsigned { kValueName = 1, kValueType = 2, kValueDoc = 3 };
enum TypeField : unsigned { kTensorType = 1, kElementType = 1, kShape = 2, kDim = 1, kDimValue = 1, kDimName = 2 };

ElementType type_of(int number) {
  for (int i = 0; i <= static_cast<int>(ElementType::boolean); ++i) {
    const auto type = static_cast<ElementType>(i);
    if (properties_of(type).number == number) return type;
  }
  throw DataError("values of type " + std::to_string(number));
}

void write(Writer message, const Tensor& tensor) {
  for (const auto dim : tensor.dims) message.add_int64(kDims, dim);
  message.add_int32(kDataType, properties_of(tensor.type).number);
  message.add_string(kTensorName, tensor.name);
  message.add_bytes(kRawData, tensor.bytes);
}

void write(Writer message, const std::string& name, const Attribute& attribute) {
  message.add_string(kAttributeName, name);
  if (const auto* whole = std::get_if<std::int64_t>(&attribute)) {
    message.add_int64(kWhole, *whole);
    message.add_enum(kAttributeType, kWholeType);
    return;
  }
  for (const auto value : std::get<std::vector<std::int64_t>>(attribute)) message.add_int64(kWholes, value);
  message.add_enum(kAttributeType, kWholesType);
}

void write(Writer message, const Node& node) {
  for (const auto& input : node.inputs) message.add_string(kNodeInput, input);
  for (const auto& output : node.outputs) message.add_string(kNodeOutput, output);
  message.add_string(kNodeName, node.outputs.front());
  message.add_string(kNodeOp, node.op);
  for (const auto& [name, attribute] : node.attributes) write(Writer(message, kNodeAttribute), name, attribute);
}

void write(Writer message, const Value& value) {
  message.add_string(kValueName, value.name);
  {
    Writer type(message, kValueType), tensor(type, kTensorType);
    tensor.add_int32(kElementType, properties_of(value.type).number);
    Writer shape(tensor, kShape);
    for (const auto& dim : value.dims) {
      Writer one(shape, kDim);
      if (const auto* size = std::get_if<std::int64_t>(&dim)) {
        one.add_int64(kDimValue, *size);
      } else {
        one.add_string(kDimName, std::get<std::string>(dim));
      }
    }
  }
  message.add_string(kValueDoc, value.meaning);
}

void write(Writer message, const Graph& graph) {
  for (const auto& node : graph.nodes) write(Writer(message, kNode), node);
  message.add_string(kGraphName, "classifier");
  for (const auto& tensor : graph.constants) write(Writer(message, kInitializer), tensor);
  message.add_string(kGraphDoc, graph.meaning);
  for (const auto& value : graph.inputs) write(Writer(message, kInput), value);
  for (const auto& value : graph.outputs) write(Writer(message, kOutput), value);
}

Tensor read_tensor(Reader message) {
  Tensor tensor;
  while (message.next()) {
    switch (message.tag()) {
      case kDims:
        tensor.dims.push_back(message.get_int64());
        break;
      case kDataType:
        tensor.type = type_of(message.get_int32());
        break;
      case kTensorName:
        tensor.name = message.get_string();
        break;
      case kRawData:
        tensor.bytes = message.get_bytes();
        break;
      default:
        throw DataError("a constant with field " + std::to_string(message.tag()));
    }
  }
  return tensor;
}

std::pair<std::string, Attribute> read_attribute(Reader message) {
  std::string name;
  std::int64_t whole = 0;
  std::vector<std::int64_t> wholes;
  int type = 0;
  while (message.next()) {
    switch (message.tag()) {
      case kAttributeName:
        name = message.get_string();
        break;
      case kWhole:
        whole = message.get_int64();
        break;
      case kWholes:
        wholes.push_back(message.get_int64());
        break;
      case kAttributeType:
        type = message.get_enum();
        break;
      default:
        throw DataError("an attribute with field " + std::to_string(message.tag()));
    }
  }
  if (type == kWholeType) return {name, whole};
  if (type == kWholesType) return {name, wholes};
  throw DataError("attribute '" + name + "' of type " + std::to_string(type));
}

Node read_node(Reader message) {
  Node node;
  while (message.next()) {
    switch (message.tag()) {
      case kNodeInput:
        node.inputs.push_back(message.get_string());
        break;
      case kNodeOutput:
        node.outputs.push_back(message.get_string());
        break;
      case kNodeOp:
        node.op = message.get_string();
        break;
      case kNodeAttribute:
        node.attributes.insert(read_attribute(message.get_message()));
        break;
      case kNodeName:
        message.skip();
        break;
      default:
        throw DataError("an operation with field " + std::to_string(message.tag()));
    }
  }
  return node;
}

Dimension read_dimension(Reader message) {
  Dimension dimension = std::string();
  while (message.next()) {
    if (message.tag() == kDimValue) {
      dimension = message.get_int64();
    } else {
      dimension = message.get_string();
    }
  }
  return dimension;
}

void read_tensor_type(Reader message, Value& value) {
  while (message.next()) {
    if (message.tag() == kElementType) {
      value.type = type_of(message.get_int32());
      continue;
    }
    Reader shape = message.get_message();
    while (shape.next(kDim)) value.dims.push_back(read_dimension(shape.get_message()));
  }
}

Value read_value(Reader message) {
  Value value;
  while (message.next()) {
    switch (message.tag()) {
      case kValueName:
        value.name = message.get_string();
        break;
      case kValueDoc:
        value.meaning = message.get_string();
        break;
      case kValueType: {
        Reader type = message.get_message();
        while (type.next(kTensorType)) read_tensor_type(type.get_message(), value);
        break;
      }
      default:
        throw DataError("an input or output with field " + std::to_string(message.tag()));
    }
  }
  return value;
}

void read_graph(Reader message, Graph& graph) {
  while (message.next()) {
    switch (message.tag()) {
      case kNode:
        graph.nodes.push_back(read_node(message.get_message()));
        break;
      case kInitializer:
        graph.constants.push_back(read_tensor(message.get_message()));
        break;
      case kInput:
        graph.inputs.push_back(read_value(message.get_message()));
        break;
      case kOutput:
        graph.outputs.push_back(read_value(message.get_message()));
        break;
      case kGraphDoc:
        graph.meaning = message.get_string();
        break;
      default:
        message.skip();
    }
  }
}

std::pair<std::string, std::string> read_text(Reader message) {
  std::array<std::string, 2> text;
  while (message.next()) {
    const auto which = message.tag() - kTextKey;  // before the text is read, which may reset it
    text.at(which) = message.get_string();
  }
  return {text[0], text[1]};
}

Graph read_model(Reader message) {
  Graph graph;
  while (message.next()) {
    switch (message.tag()) {
      case kGraph:
        read_graph(message.get_message(), graph);
        break;
      case kTexts:
        graph.metadata.push_back(read_text(message.get_message()));
        break;
      default:
        message.skip();
    }
  }
  if (graph.nodes.empty()) throw DataError("no graph in it");
  return graph;
}

}  // namespace

std::string graph_bytes(const Graph& graph) {
  std::string bytes;
  Writer message(bytes);
  message.add_int64(kIrVersion, kFormatVersion);
  message.add_string(kProducer, "soundfold");
  message.add_string(kProducerVersion, version());
  write(Writer(message, kGraph), graph);
  Writer(message, kOperators).add_int64(kSetVersion, kOperatorSet);
  for (const auto& [key, value] : graph.metadata) {
    Writer text(message, kTexts);
    text.add_string(kTextKey, key);
    text.add_string(kTextValue, value);
  }
  if (bytes.size() > std::size_t{std::numeric_limits<std::int32_t>::max()}) {
    throw DataError("ONNX: the model would be larger than 2 GB, which no program reads in one file");
  }
  return bytes;
}

Graph graph_of(const std::string& bytes, const std::string& name) {
  try {
    return read_model(Reader(bytes));
  } catch (const protozero::exception& error) {
    throw DataError(name + ": not an ONNX model (" + error.what() + ")");
  } catch (const std::out_of_range&) {
    throw DataError(name + ": not an ONNX model (a text that is neither key nor value)");
  } catch (const DataError& error) {
    throw DataError(name + ": not an ONNX model of Soundfold's (" + error.what() + ")");
  }
}

}  // namespace soundfold::onnx_graph
