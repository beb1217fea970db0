// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/transformer.h"
#include "primitives/onednn_api.h"

#include <cstddef>
#include <cstdint>
#include <vector>

/// The primitives of a transformer for one shape, and where their values lie in memory. Private to this room.
namespace soundfold::transformers {

/// A transformer and what surrounds it.
struct Geometry {
  network::Transformer transformer;
  std::int64_t bands = 0;
  std::int64_t class_count = 0;
  dnnl::memory::data_type factors = dnnl::memory::data_type::f32;  ///< of what is multiplied

  std::int64_t rows() const { return transformer.rows(bands); }
  std::int64_t token_values() const { return transformer.token_side * transformer.token_side; }
};

/// Of patches computed together.
struct Shape {
  std::int64_t patches = 1;
  std::int64_t columns = 1;
  bool operator==(const Shape& other) const { return patches == other.patches && columns == other.columns; }
};

/// Where the values of one call lie in a runner's memory, in bytes. float32 unless said.
struct Places {
  std::size_t tokens = 0;     ///< [patches * tokens, D]: what the blocks add to
  std::size_t normed = 0;     ///< the same after a norm; before the first block the normalised squares
  std::size_t factors = 0;    ///< of `normed`, or attention's output, in the type of factors; float32: `normed` itself
  std::size_t wide = 0;       ///< q, k and v, or what is inside the MLP; type of factors
  std::size_t attention = 0;  ///< [patches, heads, tokens, tokens]
  std::size_t shares = 0;     ///< the same after softmax, in the type of factors; float32: `attention` itself
  std::size_t scratchpad = 0;
  std::size_t size = 0;  ///< of all
};

/// A product compiled.
struct Product {
  dnnl::matmul primitive;
  dnnl::memory::desc left, right, output, scratchpad;
};

/// A primitive whose source and output are alike.
struct Mapping {
  dnnl::primitive primitive;
  dnnl::memory::desc values, scratchpad;
};

/// float32 to the type of factors.
struct Conversion {
  dnnl::reorder primitive;
  dnnl::memory::desc from, to;
};

/// A block's kernels as the plan's products want them.
struct PackedBlock {
  dnnl::memory qkv, proj, fc1, fc2;
};

struct Plan {
  Product tokens, qkv, attention, mix, proj, fc1, fc2;
  Mapping norm, softmax;
  Conversion convert_squares, convert_normed, convert_attention;  ///< bfloat16 alone
  dnnl::memory packed_tokens;
  std::vector<PackedBlock> packed;
  Places places;
};

/// Without the packed kernels.
Plan compile(const Geometry& geometry, const Shape& shape, const dnnl::engine& engine);

}  // namespace soundfold::transformers
