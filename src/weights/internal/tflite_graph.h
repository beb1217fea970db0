// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/tflite_subset_generated.h"

#include <flatbuffers/flatbuffers.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::weights {

/// A TFLite file as a graph, with every index checked before it is followed. What is expected of a part (`role` in
/// messages) and is not so is thrown as DataError.
class TfliteGraph {
 public:
  /// `bytes` are the whole file and must live longer; `name` stands for it in messages.
  TfliteGraph(const std::string& bytes, std::string name);

  /// The operator that makes `tensor`; throws when there is none or it is not a `kind`.
  const tflite::Operator& producer(int tensor, tflite::OperatorKind kind, const std::string& role) const;
  /// Index of the graph's one output tensor.
  int output() const { return subgraph_->outputs()->Get(0); }
  /// Tensor index of an operator's input.
  int input(const tflite::Operator& op, std::size_t position, const std::string& role) const;
  /// The tensor of that index.
  const tflite::Tensor& tensor(int index, const std::string& role) const;
  /// The constant bytes of a tensor, which must be exactly `count` elements of `element_bytes`.
  const std::uint8_t* constant(const tflite::Tensor& tensor, std::size_t count, std::size_t element_bytes,
                               const std::string& role) const;
  /// That the tensor has exactly this element type and shape.
  void check_tensor(const tflite::Tensor& tensor, tflite::ElementType type, const std::vector<std::int64_t>& shape,
                    const std::string& role) const;
  /// Scales of a tensor, `count` of them along `axis` (one: of the whole tensor); each positive and finite.
  std::vector<float> scales(const tflite::Tensor& tensor, std::size_t count, int axis, const std::string& role) const;
  /// The scale of a tensor that has one.
  float scale(const tflite::Tensor& tensor, const std::string& role) const { return scales(tensor, 1, 0, role)[0]; }
  /// Zero point of an int8 tensor with one scale.
  int zero_point(const tflite::Tensor& tensor, const std::string& role) const;
  /// That a tensor's values are symmetric around 0, or have no zero points.
  void check_zero_points_are_zero(const tflite::Tensor& tensor, const std::string& role) const;
  /// Throws DataError: the file, `role`, `what`, and what was expected.
  [[noreturn]] void fail(const std::string& role, const std::string& what) const;

 private:
  tflite::OperatorKind kind(const tflite::Operator& op) const;

  std::string name_;
  const tflite::Model* model_ = nullptr;
  const tflite::SubGraph* subgraph_ = nullptr;
};

}  // namespace soundfold::weights
