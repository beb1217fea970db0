// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "onnx_graph/graph.h"

#include <cstdint>
#include <string>
#include <vector>

/// Operations made of several operators, and those that many places use. Private to this room.
namespace soundfold::onnx {

using onnx_graph::Attributes;
using onnx_graph::ElementType;
using onnx_graph::GraphBuilder;
using onnx_graph::properties_of;

/// Of a reduction.
inline const Attributes kOverLastAxis = {{"axes", std::vector<std::int64_t>{-1}}, {"keepdims", std::int64_t{1}}};
/// Of a reduction of [B, N, ...] to [B, ...].
inline const Attributes kOverSecondAxis = {{"axes", std::vector<std::int64_t>{1}}, {"keepdims", std::int64_t{0}}};

/// `x` in another type.
std::string add_cast(GraphBuilder& builder, const std::string& x, ElementType type, const std::string& name);

/// A vector of whole numbers from vectors of them, for Reshape and the like.
std::string add_sizes(GraphBuilder& builder, const std::vector<std::string>& parts, const std::string& name);

/// A layer norm's constants, [D], and its epsilon.
struct LayerNorm {
  std::string weight, bias;  ///< both empty: 1 and 0
  double epsilon = 1e-5;
};

/// (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis. ONNX Runtime knows this order of operators
/// for a layer norm, and computes it at once.
std::string add_layer_norm(GraphBuilder& builder, const std::string& x, const LayerNorm& norm, const std::string& name);

/// x / 2 * (1 + erf(x / sqrt(2))), which ONNX Runtime knows likewise.
std::string add_gelu(GraphBuilder& builder, const std::string& x, const std::string& name);

}  // namespace soundfold::onnx
