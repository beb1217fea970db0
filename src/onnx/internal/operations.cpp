// SPDX-License-Identifier: Apache-2.0
#include "onnx/internal/operations.h"

#include <cmath>
#include <iomanip>
#include <limits>
#include <locale>
#include <sstream>

namespace soundfold::onnx {
namespace {

/// Different for different values.
std::string epsilon_name(float epsilon) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << "epsilon " << std::setprecision(std::numeric_limits<float>::max_digits10) << epsilon;
  return text.str();
}

}  // namespace

std::string add_cast(GraphBuilder& builder, const std::string& x, ElementType type, const std::string& name) {
  return builder.add("Cast", {x}, name, {{"to", std::int64_t{properties_of(type).number}}});
}

std::string add_sizes(GraphBuilder& builder, const std::vector<std::string>& parts, const std::string& name) {
  return builder.add("Concat", parts, name, {{"axis", std::int64_t{0}}});
}

std::string add_layer_norm(GraphBuilder& builder, const std::string& x, const LayerNorm& norm,
                           const std::string& name) {
  const auto mean = builder.add("ReduceMean", {x}, name + ", mean", kOverLastAxis);
  const auto centred = builder.add("Sub", {x, mean}, name + ", about the mean");
  auto scale = builder.add("Pow", {centred, builder.shared("two", {}, {2.0F})}, name + ", squares");
  scale = builder.add("ReduceMean", {scale}, name + ", variance", kOverLastAxis);
  const auto value = static_cast<float>(norm.epsilon);
  const auto epsilon = builder.shared(epsilon_name(value), {}, {value});
  scale = builder.add("Add", {scale, epsilon}, name + ", variance above 0");
  scale = builder.add("Sqrt", {scale}, name + ", deviation");
  auto y = builder.add("Div", {centred, scale}, name + ", normalized");
  if (norm.weight.empty()) return y;
  y = builder.add("Mul", {y, norm.weight}, name + ", weighted");
  return builder.add("Add", {y, norm.bias}, name);
}

std::string add_gelu(GraphBuilder& builder, const std::string& x, const std::string& name) {
  const auto root = builder.shared("root of 2", {}, {static_cast<float>(std::sqrt(2.0))});
  auto y = builder.add("Div", {x, root}, name + ", over root 2");
  y = builder.add("Erf", {y}, name + ", erf");
  y = builder.add("Add", {y, builder.shared("one", {}, {1.0F})}, name + ", 1 + erf");
  y = builder.add("Mul", {x, y}, name + ", twice");
  return builder.add("Mul", {y, builder.shared("one half", {}, {0.5F})}, name);
}

}  // namespace soundfold::onnx
