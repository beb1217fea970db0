// SPDX-License-Identifier: Apache-2.0
#include "transformers/internal/plan.h"

#include <algorithm>

namespace soundfold::transformers {
namespace {

using Dims = dnnl::memory::dims;
using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

/// Sizes of one call.
struct Sizes {
  std::int64_t patches, tokens, all_tokens, d, heads, head, mlp, square;

  Sizes(const Geometry& geometry, const Shape& shape)
      : patches(shape.patches),
        tokens(geometry.rows() * shape.columns),
        all_tokens(patches * tokens),
        d(geometry.transformer.embedding_size),
        heads(geometry.transformer.heads),
        head(geometry.transformer.head_size()),
        mlp(geometry.transformer.mlp_size),
        square(geometry.token_values()) {}
};

Desc matrix(std::int64_t rows, std::int64_t columns, Type type) {
  return {Dims{rows, columns}, type, Tag::ab};
}

Product compiled(const primitives::ProductDescription& product, const dnnl::engine& engine) {
  const auto description = primitives::describe(product, engine);
  return {dnnl::matmul(description), description.src_desc(), description.weights_desc(), description.dst_desc(),
          description.scratchpad_desc()};
}

/// rows x in to rows x out, with weights as the primitive likes them.
primitives::ProductDescription linear(std::int64_t rows, std::int64_t in, std::int64_t out, Type factors, Type output) {
  primitives::ProductDescription product;
  product.left = matrix(rows, in, factors);
  product.right = Desc(Dims{in, out}, factors, Tag::any);
  product.output = matrix(rows, out, output);
  product.bias = matrix(1, out, Type::f32);
  return product;
}

Product adding(primitives::ProductDescription product, const dnnl::engine& engine) {
  product.added = true;
  return compiled(product, engine);
}

/// One of q, k and v, or the heads' outputs: [patches, heads, tokens, head] within rows of `row` values.
Desc heads_within(const Sizes& s, std::int64_t row, Type type) {
  return {Dims{s.patches, s.heads, s.tokens, s.head}, type, Dims{s.tokens * row, s.head, row, 1}};
}

/// k with its last two dimensions exchanged.
Desc transposed_heads(const Sizes& s, Type type) {
  const std::int64_t row = 3 * s.d;
  return {Dims{s.patches, s.heads, s.head, s.tokens}, type, Dims{s.tokens * row, s.head, 1, row}};
}

Desc attention_matrices(const Sizes& s, Type type) {
  return {Dims{s.patches, s.heads, s.tokens, s.tokens}, type, Tag::abcd};
}

Conversion conversion(const Desc& from, Type type, const dnnl::engine& engine) {
  const Desc to(from.dims(), type, from.dims().size() == 2 ? Tag::ab : Tag::abcd);
  return {dnnl::reorder(dnnl::reorder::primitive_desc(engine, from, engine, to)), from, to};
}

template <typename Primitive, typename Description>
Mapping mapping(const Description& description) {
  return {Primitive(description), description.src_desc(), description.scratchpad_desc()};
}

Places places_of(const Plan& plan, const Sizes& s, Type factors) {
  constexpr std::size_t kAlignment = 64;
  Places places;
  const auto take = [&](std::size_t bytes) {
    const std::size_t at = places.size;
    places.size += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    return at;
  };
  const auto bytes = [](std::int64_t values, Type type) {
    return static_cast<std::size_t>(values) * dnnl::memory::data_type_size(type);
  };
  const std::int64_t narrow = s.all_tokens * std::max(s.d, s.square);
  const std::int64_t square_matrices = s.patches * s.heads * s.tokens * s.tokens;
  const bool converts = factors != Type::f32;
  places.tokens = take(bytes(s.all_tokens * s.d, Type::f32));
  places.normed = take(bytes(narrow, Type::f32));
  places.factors = converts ? take(bytes(narrow, factors)) : places.normed;
  places.wide = take(bytes(s.all_tokens * std::max(3 * s.d, s.mlp), factors));
  places.attention = take(bytes(square_matrices, Type::f32));
  places.shares = converts ? take(bytes(square_matrices, factors)) : places.attention;
  std::size_t scratchpad = plan.norm.scratchpad.get_size();
  scratchpad = std::max(scratchpad, plan.softmax.scratchpad.get_size());
  for (const auto* product : {&plan.tokens, &plan.qkv, &plan.attention, &plan.mix, &plan.proj, &plan.fc1, &plan.fc2}) {
    scratchpad = std::max(scratchpad, product->scratchpad.get_size());
  }
  places.scratchpad = take(std::max<std::size_t>(scratchpad, 1));
  return places;
}

}  // namespace

Plan compile(const Geometry& geometry, const Shape& shape, const dnnl::engine& engine) {
  const Sizes s(geometry, shape);
  const Type factors = geometry.factors;
  Plan plan;
  auto squares = linear(s.all_tokens, s.square, s.d, factors, Type::f32);
  squares.bias.reset();  // with the positions
  plan.tokens = adding(squares, engine);
  plan.qkv = compiled(linear(s.all_tokens, s.d, 3 * s.d, factors, factors), engine);
  plan.attention = compiled({heads_within(s, 3 * s.d, factors),
                             transposed_heads(s, factors),
                             attention_matrices(s, Type::f32),
                             {},
                             false,
                             {}},
                            engine);
  plan.mix = compiled(
      {attention_matrices(s, factors), heads_within(s, 3 * s.d, factors), heads_within(s, s.d, factors), {}, false, {}},
      engine);
  plan.proj = adding(linear(s.all_tokens, s.d, s.d, factors, Type::f32), engine);
  auto fc1 = linear(s.all_tokens, s.d, s.mlp, factors, factors);
  fc1.eltwise = primitives::Eltwise{dnnl::algorithm::eltwise_gelu_erf, 0, 0};
  plan.fc1 = compiled(fc1, engine);
  plan.fc2 = adding(linear(s.all_tokens, s.mlp, s.d, factors, Type::f32), engine);

  const Desc tokens = matrix(s.all_tokens, s.d, Type::f32);
  const auto epsilon = static_cast<float>(geometry.transformer.norm_epsilon);
  plan.norm = mapping<dnnl::layer_normalization_forward>(primitives::describe_layer_norm(tokens, epsilon, engine));
  const Desc matrices = attention_matrices(s, Type::f32);
  plan.softmax = mapping<dnnl::softmax_forward>(primitives::describe_softmax(matrices, engine));
  if (factors != Type::f32) {
    plan.convert_squares = conversion(matrix(s.all_tokens, s.square, Type::f32), factors, engine);
    plan.convert_normed = conversion(tokens, factors, engine);
    plan.convert_attention = conversion(matrices, factors, engine);
  }
  plan.places = places_of(plan, s, factors);
  return plan;
}

}  // namespace soundfold::transformers
