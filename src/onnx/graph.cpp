// SPDX-License-Identifier: Apache-2.0
#include "onnx/graph.h"

#include <algorithm>

namespace soundfold::onnx {
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

std::string GraphBuilder::add(const std::string& op, std::vector<std::string> inputs, const std::string& name,
                              Attributes attributes) {
  graph_.nodes.push_back({op, std::move(inputs), {name}, std::move(attributes)});
  return name;
}

void GraphBuilder::add(const std::string& op, std::vector<std::string> inputs, std::vector<std::string> names,
                       Attributes attributes) {
  graph_.nodes.push_back({op, std::move(inputs), std::move(names), std::move(attributes)});
}

std::string GraphBuilder::constant(const std::string& name, std::vector<std::int64_t> dims,
                                   const std::vector<float>& values) {
  graph_.constants.push_back({name, ElementType::float32, std::move(dims), bytes_of(values)});
  return name;
}

std::string GraphBuilder::constant(const std::string& name, std::vector<std::int64_t> dims,
                                   const std::vector<double>& values) {
  graph_.constants.push_back({name, ElementType::float64, std::move(dims), bytes_of(values)});
  return name;
}

std::string GraphBuilder::constant(const std::string& name, std::vector<std::int64_t> dims,
                                   const std::vector<std::uint8_t>& values) {
  graph_.constants.push_back({name, ElementType::uint8, std::move(dims), bytes_of(values)});
  return name;
}

std::string GraphBuilder::constant(const std::string& name, std::vector<std::int64_t> dims,
                                   const std::vector<std::int32_t>& values) {
  graph_.constants.push_back({name, ElementType::int32, std::move(dims), bytes_of(values)});
  return name;
}

std::string GraphBuilder::scalar(const std::string& name, float value) {
  return constant(name, {}, std::vector<float>{value});
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
  auto& all = graph_.constants;
  if (std::none_of(all.begin(), all.end(), [&](const Tensor& tensor) { return tensor.name == name; })) {
    all.push_back({name, ElementType::int64, std::move(dims), bytes_of(values)});
  }
  return name;
}

}  // namespace soundfold::onnx
