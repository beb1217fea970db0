// SPDX-License-Identifier: Apache-2.0
#include "onnx_graph/graph.h"

#include <algorithm>

namespace soundfold::onnx_graph {
namespace {

/// The processors that Soundfold is built for are little-endian, as the format is.
template <typename Number>
std::string bytes_of(const std::vector<Number>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number)};
}

}  // namespace

ElementProperties properties_of(ElementType type) {
  constexpr ElementProperties rows[] = {
      {1, 4},   // float32
      {11, 8},  // float64
      {2, 1},   // uint8
      {3, 1},   // int8
      {6, 4},   // int32
      {7, 8},   // int64
      {9, 1},   // boolean
  };
  return rows[static_cast<std::size_t>(type)];
}

std::string identifier(std::string name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  for (char& c : name) c = allowed(c) ? c : '_';
  return name;
}

std::string GraphBuilder::add(const std::string& op, std::vector<std::string> inputs, const std::string& name,
                              Attributes attributes) {
  return add(op, std::move(inputs), std::vector<std::string>{name}, std::move(attributes)).front();
}

std::vector<std::string> GraphBuilder::add(const std::string& op, std::vector<std::string> inputs,
                                           std::vector<std::string> names, Attributes attributes) {
  for (auto& name : names) name = identifier(std::move(name));
  graph_.nodes.push_back({op, std::move(inputs), names, std::move(attributes)});
  return names;
}

const Tensor* GraphBuilder::constant_called(const std::string& name) const {
  const auto& all = graph_.constants;
  const auto wanted = identifier(name);
  const auto found = std::find_if(all.begin(), all.end(), [&](const Tensor& tensor) { return tensor.name == wanted; });
  return found == all.end() ? nullptr : &*found;
}

std::string GraphBuilder::add_constant(Tensor tensor) {
  tensor.name = identifier(std::move(tensor.name));
  graph_.constants.push_back(std::move(tensor));
  return graph_.constants.back().name;
}

std::string GraphBuilder::constant(const std::string& name, std::vector<std::int64_t> dims,
                                   const std::vector<float>& values) {
  return add_constant({name, ElementType::float32, std::move(dims), bytes_of(values)});
}

std::string GraphBuilder::constant(const std::string& name, std::vector<std::int64_t> dims,
                                   const std::vector<double>& values) {
  return add_constant({name, ElementType::float64, std::move(dims), bytes_of(values)});
}

std::string GraphBuilder::constant(const std::string& name, std::vector<std::int64_t> dims,
                                   const std::vector<std::uint8_t>& values) {
  return add_constant({name, ElementType::uint8, std::move(dims), bytes_of(values)});
}

std::string GraphBuilder::constant(const std::string& name, std::vector<std::int64_t> dims,
                                   const std::vector<std::int32_t>& values) {
  return add_constant({name, ElementType::int32, std::move(dims), bytes_of(values)});
}

std::string GraphBuilder::scalar(const std::string& name, float value) {
  return constant(name, {}, std::vector<float>{value});
}

std::string GraphBuilder::shared(const std::string& name, std::vector<std::int64_t> dims,
                                 const std::vector<float>& values) {
  if (const Tensor* same = constant_called(name)) return same->name;
  return constant(name, std::move(dims), values);
}

std::string GraphBuilder::number(std::int64_t value) {
  return whole_numbers("number " + std::to_string(value), {}, {value});
}

std::string GraphBuilder::list(const std::vector<std::int64_t>& values) {
  std::string name = "list";
  for (const auto value : values) name += " " + std::to_string(value);
  return whole_numbers(name, {static_cast<std::int64_t>(values.size())}, values);
}

std::string GraphBuilder::whole_numbers(const std::string& name, std::vector<std::int64_t> dims,
                                        const std::vector<std::int64_t>& values) {
  if (const Tensor* same = constant_called(name)) return same->name;
  return add_constant({name, ElementType::int64, std::move(dims), bytes_of(values)});
}

}  // namespace soundfold::onnx_graph
