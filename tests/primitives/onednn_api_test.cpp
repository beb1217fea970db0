// SPDX-License-Identifier: Apache-2.0
#include "primitives/onednn_api.h"

#include "primitives/memory.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace soundfold::primitives;

namespace {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
constexpr auto kFloat = dnnl::memory::data_type::f32;

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::memory memory_of(const Desc& description, std::vector<float>& values) {
  return {description, cpu(), values.data()};
}

void execute(const dnnl::primitive& primitive, const Desc& scratchpad, Arguments arguments) {
  const OneThread one_thread;
  dnnl::stream stream(cpu());
  arguments.emplace(DNNL_ARG_SCRATCHPAD, dnnl::memory(scratchpad, cpu()));
  primitive.execute(stream, arguments);
  stream.wait();
}

/// [1 2; 3 4] [5 6 7; 8 9 10] with what is asked for, onto an output of ones.
std::vector<float> product(ProductDescription description) {
  description.left = Desc({2, 2}, kFloat, Tag::ab);
  description.right = Desc({2, 3}, kFloat, Tag::any);
  description.output = Desc({2, 3}, kFloat, Tag::ab);
  const auto described = describe(description, cpu());
  std::vector<float> left{1, 2, 3, 4}, right{5, 6, 7, 8, 9, 10}, bias{-21, -24.5F, -26}, output(6, 1);
  Arguments arguments{
      {DNNL_ARG_SRC, memory_of(description.left, left)},
      {DNNL_ARG_WEIGHTS, reordered(memory_of(Desc({2, 3}, kFloat, Tag::ab), right), described.weights_desc())},
      {DNNL_ARG_DST, memory_of(description.output, output)}};
  if (description.bias) arguments.emplace(DNNL_ARG_BIAS, memory_of(*description.bias, bias));
  execute(dnnl::matmul(described), described.scratchpad_desc(), std::move(arguments));
  return output;
}

}  // namespace

TEST_CASE("products by hand: plain, with a bias, added, through the exact GELU", "[primitives]") {
  CHECK(product({}) == std::vector<float>{21, 24, 27, 47, 54, 61});
  ProductDescription description;
  description.added = true;
  CHECK(product(description) == std::vector<float>{22, 25, 28, 48, 55, 62});
  description.bias = Desc({1, 3}, kFloat, Tag::ab);
  CHECK(product(description) == std::vector<float>{1, 0.5F, 2, 27, 30.5F, 36});
  description.added = false;
  description.eltwise = Eltwise{dnnl::algorithm::eltwise_gelu_erf, 0, 0};
  const auto gelu = product(description);
  CHECK(gelu[0] == 0);
  CHECK(gelu[1] == Approx(-0.5 * (1 + std::erf(-0.5 / std::sqrt(2.0))) / 2).margin(1e-6));
  CHECK(gelu[2] == Approx((1 + std::erf(1 / std::sqrt(2.0))) / 2).margin(1e-6));
  CHECK(gelu[5] == 35);
}

TEST_CASE("softmax and layer norm run over the last dimension", "[primitives]") {
  const Desc description({2, 3}, kFloat, Tag::ab);
  std::vector<float> values{0, std::log(2.0F), std::log(5.0F), 100, 100, 100}, output(6);
  const auto softmax = describe_softmax(description, cpu());
  execute(dnnl::softmax_forward(softmax), softmax.scratchpad_desc(),
          {{DNNL_ARG_SRC, memory_of(description, values)}, {DNNL_ARG_DST, memory_of(description, output)}});
  const std::vector<double> shares{0.125, 0.25, 0.625, 1 / 3.0, 1 / 3.0, 1 / 3.0};
  for (std::size_t i = 0; i < 6; ++i) CHECK(output[i] == Approx(shares[i]).margin(1e-6));

  values = {-1, 0, 1, 4, 4, 4};  // the variance of the first row is 2 / 3
  const auto norm = describe_layer_norm(description, 1.0F / 3, cpu());
  execute(dnnl::layer_normalization_forward(norm), norm.scratchpad_desc(),
          {{DNNL_ARG_SRC, memory_of(description, values)},
           {DNNL_ARG_DST, memory_of(description, output)},
           {DNNL_ARG_SCALE, float_memory({2, 3, 4}, cpu())},
           {DNNL_ARG_SHIFT, float_memory({10, 20, 30}, cpu())}});
  const std::vector<double> normed{8, 20, 34, 10, 20, 30};
  for (std::size_t i = 0; i < 6; ++i) CHECK(output[i] == Approx(normed[i]).margin(1e-5));
}
