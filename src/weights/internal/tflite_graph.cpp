// SPDX-License-Identifier: Apache-2.0
#include "weights/internal/tflite_graph.h"

#include "support/errors.h"
#include "weights/importing.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace soundfold::weights {

TfliteGraph::TfliteGraph(const std::string& bytes, std::string name) : name_(std::move(name)) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  flatbuffers::Verifier verifier(data, bytes.size());
  if (bytes.size() < 8 || !tflite::VerifyModelBuffer(verifier)) {
    throw DataError(name_ + ": not a complete TFLite file (damaged or truncated?); fetch it again");
  }
  model_ = tflite::GetModel(data);
  if (model_->version() != 3) fail("format version", std::to_string(model_->version()) + ", not 3");
  const auto* subgraphs = model_->subgraphs();
  if (subgraphs == nullptr || subgraphs->size() != 1) fail("graph", "not exactly one");
  subgraph_ = subgraphs->Get(0);
  const bool complete = subgraph_->tensors() != nullptr && subgraph_->operators() != nullptr &&
                        model_->buffers() != nullptr && model_->operator_codes() != nullptr;
  if (!complete || subgraph_->outputs() == nullptr || subgraph_->outputs()->size() != 1) {
    fail("graph", "without tensors, operators, buffers or the one output");
  }
}

void TfliteGraph::fail(const std::string& role, const std::string& what) const {
  throw DataError(name_ + ": " + role + ": " + what + "; expected YAMNet's TFLite classification file");
}

tflite::OperatorKind TfliteGraph::kind(const tflite::Operator& op) const {
  if (op.opcode_index() >= model_->operator_codes()->size()) fail("operator", "of a kind that is not listed");
  const auto* code = model_->operator_codes()->Get(op.opcode_index());
  // Old files hold the kind in one byte, newer ones in the second field; the larger counts.
  return std::max(static_cast<tflite::OperatorKind>(code->short_code()), code->code());
}

const tflite::Operator& TfliteGraph::producer(int tensor, tflite::OperatorKind wanted, const std::string& role) const {
  for (const auto* op : *subgraph_->operators()) {
    if (op->outputs() == nullptr || op->outputs()->size() != 1 || op->outputs()->Get(0) != tensor) continue;
    if (kind(*op) != wanted) {
      fail(role, "operator number " + std::to_string(kind(*op)) + " where " + std::to_string(wanted) + " belongs");
    }
    return *op;
  }
  fail(role, "no operator makes its output");
}

int TfliteGraph::input(const tflite::Operator& op, std::size_t position, const std::string& role) const {
  if (op.inputs() == nullptr || position >= op.inputs()->size()) fail(role, "too few inputs");
  return op.inputs()->Get(static_cast<flatbuffers::uoffset_t>(position));
}

const tflite::Tensor& TfliteGraph::tensor(int index, const std::string& role) const {
  const auto* tensors = subgraph_->tensors();
  if (index < 0 || static_cast<std::size_t>(index) >= tensors->size())
    fail(role, "refers to a tensor that is not there");
  return *tensors->Get(static_cast<flatbuffers::uoffset_t>(index));
}

const std::uint8_t* TfliteGraph::constant(const tflite::Tensor& tensor, std::size_t count, std::size_t element_bytes,
                                          const std::string& role) const {
  if (tensor.buffer() >= model_->buffers()->size()) fail(role, "its values are in a buffer that is not there");
  const auto* data = model_->buffers()->Get(tensor.buffer())->data();
  const std::size_t found = data == nullptr ? 0 : data->size();
  if (found != count * element_bytes) {
    fail(role, std::to_string(found) + " bytes of values, expected " + std::to_string(count * element_bytes));
  }
  return data->data();
}

void TfliteGraph::check_tensor(const tflite::Tensor& tensor, tflite::ElementType type,
                               const std::vector<std::int64_t>& shape, const std::string& role) const {
  if (tensor.type() != type) fail(role, "element type " + std::to_string(tensor.type()));
  std::vector<std::int64_t> found;
  if (tensor.shape() != nullptr) found.assign(tensor.shape()->begin(), tensor.shape()->end());
  if (found != shape) fail(role, "shape " + shape_text(found) + " where " + shape_text(shape) + " belongs");
}

std::vector<float> TfliteGraph::scales(const tflite::Tensor& tensor, std::size_t count, int axis,
                                       const std::string& role) const {
  const auto* quantization = tensor.quantization();
  const auto* scales = quantization == nullptr ? nullptr : quantization->scale();
  if (scales == nullptr || scales->size() != count) {
    fail(role, std::to_string(scales == nullptr ? 0 : scales->size()) + " scales, expected " + std::to_string(count));
  }
  if (count > 1 && quantization->quantized_dimension() != axis) fail(role, "its scales run along another axis");
  std::vector<float> values(scales->begin(), scales->end());
  const auto usable = [](float scale) { return std::isfinite(scale) && scale > 0; };
  if (!std::all_of(values.begin(), values.end(), usable)) fail(role, "a scale that is not above 0");
  return values;
}

int TfliteGraph::zero_point(const tflite::Tensor& tensor, const std::string& role) const {
  const auto* points = tensor.quantization() == nullptr ? nullptr : tensor.quantization()->zero_point();
  if (points == nullptr || points->size() != 1) fail(role, "no single zero point");
  const std::int64_t point = points->Get(0);
  if (point < -128 || point > 127) fail(role, "zero point " + std::to_string(point) + ", not an int8");
  return static_cast<int>(point);
}

void TfliteGraph::check_zero_points_are_zero(const tflite::Tensor& tensor, const std::string& role) const {
  const auto* points = tensor.quantization() == nullptr ? nullptr : tensor.quantization()->zero_point();
  if (points == nullptr) return;
  for (const auto point : *points) {
    if (point != 0) fail(role, "a zero point other than 0");
  }
}

}  // namespace soundfold::weights
