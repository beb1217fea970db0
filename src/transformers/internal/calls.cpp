// SPDX-License-Identifier: Apache-2.0
#include "transformers/internal/calls.h"

namespace soundfold::transformers {
namespace {

using Desc = dnnl::memory::desc;

/// Makes calls of a plan's primitives on one piece of memory.
class Binder {
 public:
  Binder(const Plan& plan, const Model& model, char* memory) : plan_(plan), model_(model), memory_(memory) {}

  std::vector<Calls> all() const {
    std::vector<Calls> stages{tokens()};
    for (std::size_t i = 0; i < plan_.packed.size(); ++i) stages.push_back(block(model_.block(i), plan_.packed[i]));
    stages.push_back({normed(model_.final_norm())});
    return stages;
  }

 private:
  dnnl::memory at(const Desc& description, std::size_t place) const {
    return {description, model_.engine(), memory_ + place};
  }

  Call product(const Product& product, std::size_t left, const dnnl::memory& right, std::size_t output) const {
    return {product.primitive,
            {{DNNL_ARG_SRC, at(product.left, left)},
             {DNNL_ARG_WEIGHTS, right},
             {DNNL_ARG_DST, at(product.output, output)},
             {DNNL_ARG_SCRATCHPAD, at(product.scratchpad, plan_.places.scratchpad)}}};
  }

  Call linear(const Product& of, std::size_t left, const dnnl::memory& right, const Linear& from,
              std::size_t output) const {
    Call call = product(of, left, right, output);
    call.arguments.emplace(DNNL_ARG_BIAS, from.bias());
    return call;
  }

  Call mapped(const Mapping& mapping, std::size_t from, std::size_t to) const {
    return {mapping.primitive,
            {{DNNL_ARG_SRC, at(mapping.values, from)},
             {DNNL_ARG_DST, at(mapping.values, to)},
             {DNNL_ARG_SCRATCHPAD, at(mapping.scratchpad, plan_.places.scratchpad)}}};
  }

  Call normed(const Norm& norm) const {
    Call call = mapped(plan_.norm, plan_.places.tokens, plan_.places.normed);
    call.arguments.emplace(DNNL_ARG_SCALE, norm.scale);
    call.arguments.emplace(DNNL_ARG_SHIFT, norm.shift);
    return call;
  }

  /// Where float32 and the type of factors lie apart.
  void convert(Calls& calls, const Conversion& conversion, std::size_t from, std::size_t to) const {
    if (from == to) return;
    calls.push_back(
        {conversion.primitive, {{DNNL_ARG_FROM, at(conversion.from, from)}, {DNNL_ARG_TO, at(conversion.to, to)}}});
  }

  Calls tokens() const {
    const Places& places = plan_.places;
    Calls calls;
    convert(calls, plan_.convert_squares, places.normed, places.factors);
    calls.push_back(product(plan_.tokens, places.factors, plan_.packed_tokens, places.tokens));
    return calls;
  }

  Calls block(const Block& block, const PackedBlock& packed) const {
    const Places& places = plan_.places;
    Calls calls{normed(block.norm1)};
    convert(calls, plan_.convert_normed, places.normed, places.factors);
    calls.push_back(linear(plan_.qkv, places.factors, packed.qkv, block.qkv, places.wide));
    const std::size_t part = static_cast<std::size_t>(model_.geometry().transformer.embedding_size) *
                             dnnl::memory::data_type_size(model_.geometry().factors);
    const auto keys = at(plan_.attention.right, places.wide + part);
    const auto values = at(plan_.mix.right, places.wide + 2 * part);
    calls.push_back(product(plan_.attention, places.wide, keys, places.attention));
    calls.push_back(mapped(plan_.softmax, places.attention, places.attention));
    convert(calls, plan_.convert_attention, places.attention, places.shares);
    calls.push_back(product(plan_.mix, places.shares, values, places.factors));
    calls.push_back(linear(plan_.proj, places.factors, packed.proj, block.proj, places.tokens));
    calls.push_back(normed(block.norm2));
    convert(calls, plan_.convert_normed, places.normed, places.factors);
    calls.push_back(linear(plan_.fc1, places.factors, packed.fc1, block.fc1, places.wide));
    calls.push_back(linear(plan_.fc2, places.wide, packed.fc2, block.fc2, places.tokens));
    return calls;
  }

  const Plan& plan_;
  const Model& model_;
  char* memory_;
};

}  // namespace

std::vector<Calls> calls_of(const Plan& plan, const Model& model, char* memory) {
  return Binder(plan, model, memory).all();
}

}  // namespace soundfold::transformers
