// SPDX-License-Identifier: Apache-2.0
#include "onnx/internal/head.h"

#include "network/batch_norm.h"

namespace soundfold::onnx {
namespace {

using head_spec::Pooling;

/// Adds the parts of one head. Its constants are shared by the two places where layers are: the windows and the clip,
/// whose values have names that begin with `where`.
class HeadBuilder {
 public:
  HeadBuilder(GraphBuilder& builder, const runtime::HeadValues& head) : builder_(builder), head_(head) {}

  HeadAnswers add(const std::string& windows);

 private:
  const head_spec::HeadSpec& spec() const { return head_.spec; }
  std::string tensor(const std::string& name);
  std::string transposed(const std::string& name);
  std::string standardized(const std::string& windows);
  std::string scaled(const std::string& x, const std::string& where);
  std::string scaled_part(const std::string& x, const std::string& name);
  std::string batch_norm(const std::string& x, const std::string& norm, const std::string& where);
  std::string normalized(const std::string& x, std::size_t layer, const std::string& where);
  std::string activated(const std::string& x, const std::string& name);
  std::string layers(std::string x, const std::string& where);
  std::string known(const std::string& windows);
  std::string with_opinion(const std::string& logits, const std::string& known, const std::string& where);
  std::string pooled(const std::string& x);

  GraphBuilder& builder_;
  const runtime::HeadValues& head_;
};

/// One of the head's tensors as it is.
std::string HeadBuilder::tensor(const std::string& name) {
  const auto& [sizes, values] = head_.tensors.at(name);
  return builder_.shared("head." + name, sizes, values);
}

/// A weight [out, in] as [in, out].
std::string HeadBuilder::transposed(const std::string& name) {
  const auto& [sizes, values] = head_.tensors.at(name);
  const auto rows = static_cast<std::size_t>(sizes.at(0)), columns = static_cast<std::size_t>(sizes.at(1));
  std::vector<float> turned(values.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      turned[column * rows + row] = values[row * columns + column];
    }
  }
  return builder_.shared("head." + name + " transposed", {sizes[1], sizes[0]}, turned);
}

std::string HeadBuilder::standardized(const std::string& windows) {
  if (!spec().standardize) return windows;
  const auto x = builder_.add("Sub", {windows, tensor("input_mean")}, "windows about their mean");
  return builder_.add("Div", {x, tensor("input_scale")}, "standardized windows");
}

/// Divided by the root mean square.
std::string HeadBuilder::scaled_part(const std::string& x, const std::string& name) {
  auto scale = builder_.add("Mul", {x, x}, name + ", squares");
  scale = builder_.add("ReduceMean", {scale}, name + ", mean square", kOverLastAxis);
  const auto epsilon = builder_.shared("scaling epsilon", {}, {static_cast<float>(head_spec::kScalingEpsilon)});
  scale = builder_.add("Add", {scale, epsilon}, name + ", mean square above 0");
  scale = builder_.add("Sqrt", {scale}, name + ", root mean square");
  return builder_.add("Div", {x, scale}, name + ", scaled");
}

std::string HeadBuilder::scaled(const std::string& x, const std::string& where) {
  if (spec().scaling == head_spec::Scaling::none) return x;
  const auto sizes = head_spec::part_sizes(spec());
  if (sizes.size() == 1) return scaled_part(x, where + "part 1");
  std::vector<std::string> parts, done;
  for (std::size_t i = 0; i < sizes.size(); ++i) parts.push_back(where + "part " + std::to_string(i + 1));
  parts = builder_.add("Split", {x, builder_.list(sizes)}, parts, {{"axis", std::int64_t{-1}}});
  for (const auto& part : parts) done.push_back(scaled_part(part, part));
  return builder_.add("Concat", done, where + "scaled", {{"axis", std::int64_t{-1}}});
}

/// With the mean and variance of training: one factor and one offset for each value, computed in double.
std::string HeadBuilder::batch_norm(const std::string& x, const std::string& norm, const std::string& where) {
  const auto &weight = head_.values(norm + ".weight"), &bias = head_.values(norm + ".bias");
  const auto &mean = head_.values(norm + ".running_mean"), &variance = head_.values(norm + ".running_var");
  std::vector<float> factors, offsets;
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const double factor = weight[i] * network::rsqrt(variance[i] + head_spec::kNormEpsilon);
    factors.push_back(static_cast<float>(factor));
    offsets.push_back(static_cast<float>(bias[i] - mean[i] * factor));
  }
  const auto size = static_cast<std::int64_t>(weight.size());
  const auto y = builder_.add("Mul", {x, builder_.shared("head." + norm + ".factor", {size}, factors)},
                              where + norm + ", weighted");
  return builder_.add("Add", {y, builder_.shared("head." + norm + ".offset", {size}, offsets)}, where + norm);
}

std::string HeadBuilder::normalized(const std::string& x, std::size_t layer, const std::string& where) {
  const auto norm = "norm" + std::to_string(layer);
  switch (spec().normalization) {
    case head_spec::Normalization::none:
      return x;
    case head_spec::Normalization::layer:
      return add_layer_norm(builder_, x, {tensor(norm + ".weight"), tensor(norm + ".bias"), head_spec::kNormEpsilon},
                            where + norm);
    case head_spec::Normalization::batch:
      return batch_norm(x, norm, where);
  }
  return x;
}

std::string HeadBuilder::activated(const std::string& x, const std::string& name) {
  if (spec().activation == head_spec::Activation::relu) return builder_.add("Relu", {x}, name);
  if (spec().activation == head_spec::Activation::tanh) return builder_.add("Tanh", {x}, name);
  return add_gelu(builder_, x, name);
}

/// From what is pooled [..., D'] to logits [..., K].
std::string HeadBuilder::layers(std::string x, const std::string& where) {
  x = scaled(x, where);
  const std::size_t count = spec().hidden.size() + 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto linear = "linear" + std::to_string(i);
    x = builder_.add("MatMul", {x, transposed(linear + ".weight")}, where + linear + ", products");
    x = builder_.add("Add", {x, tensor(linear + ".bias")}, where + linear);
    if (i + 1 < count) x = activated(normalized(x, i, where), where + "hidden" + std::to_string(i));
  }
  return x;
}

/// Logits of the backbone's own classes, [B, P, K].
std::string HeadBuilder::known(const std::string& windows) {
  auto x =
      builder_.add("Slice", {windows, builder_.list({0}), builder_.list({spec().known_inputs}), builder_.list({2})},
                   "embeddings for known classes");
  if (spec().known_norm_epsilon > 0) {
    x = add_layer_norm(builder_, x, {"", "", spec().known_norm_epsilon}, "embeddings for known classes");
  }
  x = builder_.add("MatMul", {x, transposed("known_kernel")}, "known classes, products");
  return builder_.add("Add", {x, tensor("known_bias")}, "known classes");
}

/// `logits` and the share of the known classes' logits in them.
std::string HeadBuilder::with_opinion(const std::string& logits, const std::string& known, const std::string& where) {
  auto x = builder_.add("Mul", {known, tensor("known_gain")}, where + "known classes, gained");
  x = builder_.add("Add", {x, tensor("known_offset")}, where + "known classes' share");
  return builder_.add("Add", {logits, x}, where + "logits with known classes");
}

/// One vector for each clip, [B, D'], from standardized windows.
std::string HeadBuilder::pooled(const std::string& x) {
  if (spec().pooling == Pooling::attention) {
    auto weight = builder_.add("MatMul", {x, transposed("attention.weight")}, "attention");
    weight = builder_.add("Softmax", {weight}, "weights of windows", {{"axis", std::int64_t{1}}});
    weight = builder_.add("Mul", {x, weight}, "weighted windows");
    return builder_.add("ReduceSum", {weight, builder_.list({1})}, "attention pooled", {{"keepdims", std::int64_t{0}}});
  }
  const auto mean = builder_.add("ReduceMean", {x}, "mean of windows", kOverSecondAxis);
  if (spec().pooling == Pooling::mean) return mean;
  const auto largest = builder_.add("ReduceMax", {x}, "maximum of windows", kOverSecondAxis);
  return builder_.add("Concat", {mean, largest}, "mean and maximum", {{"axis", std::int64_t{-1}}});
}

HeadAnswers HeadBuilder::add(const std::string& windows) {
  const auto x = standardized(windows);
  const auto own = spec().pooling == Pooling::mean_max
                       ? builder_.add("Concat", {x, x}, "windows twice", {{"axis", std::int64_t{-1}}})
                       : x;
  const bool knows = spec().known_inputs > 0;
  const auto known_logits = knows ? known(windows) : std::string();
  auto window_logits = layers(own, "window ");
  if (knows) window_logits = with_opinion(window_logits, known_logits, "window ");
  if (!head_spec::properties_of(spec().pooling).pools_clips) {
    return {builder_.add("ReduceMean", {window_logits}, "mean logits", kOverSecondAxis), window_logits};
  }
  auto logits = layers(pooled(x), "clip ");
  if (knows) {
    const auto largest = builder_.add("ReduceMax", {known_logits}, "known classes' largest", kOverSecondAxis);
    logits = with_opinion(logits, largest, "clip ");
  }
  return {logits, window_logits};
}

}  // namespace

HeadAnswers add_head(GraphBuilder& builder, const std::string& windows, const runtime::HeadValues& head) {
  return HeadBuilder(builder, head).add(windows);
}

}  // namespace soundfold::onnx
