// SPDX-License-Identifier: Apache-2.0
#include "head_spec/head_spec.h"

#include "support/errors.h"
#include "text/text.h"

#include <cmath>
#include <numeric>
#include <optional>

namespace soundfold::head_spec {
namespace {

/// Far above any head that was ever trained; what a file says is held to it before memory is taken.
constexpr std::int64_t kLargestSize = 10'000'000;
constexpr std::size_t kMostLayers = 100, kMostParts = 1'000;

[[noreturn]] void refuse(const std::string& what) {
  throw DataError("head: " + what);
}

const nlohmann::json& member(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) refuse(std::string("'") + key + "' is missing");
  return *found;
}

std::int64_t size_of(const nlohmann::json& json, const char* key, std::int64_t least) {
  const auto size = json.is_number_integer() ? json.get<std::int64_t>() : std::int64_t{-1};
  const bool wraps = json.is_number_unsigned() && json.get<std::uint64_t>() > std::uint64_t{kLargestSize};
  if (wraps || size < least || size > kLargestSize) {
    refuse(std::string(key) + " is " + shown(json.dump()) + ", not a whole number from " + std::to_string(least) +
           " to " + std::to_string(kLargestSize));
  }
  return size;
}

std::vector<std::int64_t> sizes_of(const nlohmann::json& json, const char* key, std::size_t most) {
  const auto& list = member(json, key);
  if (!list.is_array() || list.size() > most) {
    refuse(std::string(key) + " is not a list of at most " + std::to_string(most) + " sizes");
  }
  std::vector<std::int64_t> sizes;
  for (const auto& size : list) sizes.push_back(size_of(size, key, 1));
  return sizes;
}

template <typename Enum>
void take_choice(const nlohmann::json& json, const char* key, Enum& value) {
  const auto& name = member(json, key);
  const auto found = name.is_string() ? choice_named<Enum>(name.get<std::string>()) : std::nullopt;
  if (!found) refuse(std::string(key) + " is " + shown(name.dump()) + ", allowed: " + join(choice_names<Enum>()));
  value = *found;
}

void add_norm(std::vector<TensorShape>& tensors, const HeadSpec& spec, const std::string& number, std::int64_t size) {
  if (spec.normalization == Normalization::none) return;
  const std::string norm = "norm" + number;
  tensors.push_back({norm + ".weight", {size}});
  tensors.push_back({norm + ".bias", {size}});
  if (spec.normalization != Normalization::batch) return;
  tensors.push_back({norm + ".running_mean", {size}});
  tensors.push_back({norm + ".running_var", {size}});
}

}  // namespace

std::int64_t input_size(HeadInput input, std::int64_t embedding_size, std::int64_t score_count) {
  return (input == HeadInput::scores ? 0 : embedding_size) + (input == HeadInput::embeddings ? 0 : score_count);
}

std::vector<std::int64_t> part_sizes(const HeadSpec& spec) {
  auto sizes = spec.parts.empty() ? std::vector<std::int64_t>{spec.input_size} : spec.parts;
  if (!properties_of(spec.pooling).doubles_size) return sizes;
  auto both = sizes;
  both.insert(both.end(), sizes.begin(), sizes.end());
  return both;
}

void check(const HeadSpec& spec) {
  if (spec.input_size < 1) throw UsageError("a head needs at least 1 input value per window");
  if (spec.class_count < 1) throw UsageError("a head needs at least 1 class");
  if (spec.known_inputs < 0 || spec.known_inputs > spec.input_size) {
    throw UsageError("head.known_classes: rows (known_inputs) of " + std::to_string(spec.known_inputs) +
                     " values do not fit a window of " + std::to_string(spec.input_size));
  }
  if (!std::isfinite(spec.known_norm_epsilon) || spec.known_norm_epsilon < 0) {
    throw UsageError("known_norm_epsilon is " + std::to_string(spec.known_norm_epsilon) + ", not a number from 0 up");
  }
  if (spec.known_norm_epsilon > 0 && spec.known_inputs == 0) {
    throw UsageError("known_norm_epsilon is given, but no class is known (known_inputs is 0)");
  }
  const auto in_parts = std::accumulate(spec.parts.begin(), spec.parts.end(), std::int64_t{0});
  if (!spec.parts.empty() && in_parts != spec.input_size) {
    throw UsageError("the parts of a window have " + std::to_string(in_parts) + " values, a window has " +
                     std::to_string(spec.input_size));
  }
}

std::vector<TensorShape> tensor_shapes(const HeadSpec& spec) {
  std::vector<TensorShape> tensors;
  const auto values = spec.input_size, classes = spec.class_count;
  const auto properties = properties_of(spec.pooling);
  if (spec.standardize) tensors.insert(tensors.end(), {{"input_mean", {values}}, {"input_scale", {values}}});
  if (properties.is_learned) tensors.push_back({"attention.weight", {1, values}});
  auto sizes = spec.hidden;
  sizes.push_back(classes);
  auto inputs = values * (properties.doubles_size ? 2 : 1);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto number = std::to_string(i);
    tensors.push_back({"linear" + number + ".weight", {sizes[i], inputs}});
    tensors.push_back({"linear" + number + ".bias", {sizes[i]}});
    inputs = sizes[i];
    if (i + 1 < sizes.size()) add_norm(tensors, spec, number, inputs);
  }
  if (spec.known_inputs > 0) {
    tensors.push_back({"known_kernel", {classes, spec.known_inputs}});
    for (const char* name : {"known_bias", "known_gain", "known_offset"}) tensors.push_back({name, {classes}});
  }
  return tensors;
}

nlohmann::json to_json(const HeadSpec& spec) {
  nlohmann::json json = {{"input", name_of(spec.input)},
                         {"input_size", spec.input_size},
                         {"class_count", spec.class_count},
                         {"hidden", spec.hidden},
                         {"activation", name_of(spec.activation)},
                         {"normalization", name_of(spec.normalization)},
                         {"dropout", spec.dropout},
                         {"pooling", name_of(spec.pooling)},
                         {"standardize", spec.standardize},
                         {"scaling", name_of(spec.scaling)},
                         {"parts", spec.parts},
                         {"known_inputs", spec.known_inputs}};
  if (spec.known_norm_epsilon > 0) json["known_norm_epsilon"] = spec.known_norm_epsilon;
  return json;
}

HeadSpec from_json(const nlohmann::json& json) {
  if (!json.is_object()) refuse("not an object");
  HeadSpec spec;
  take_choice(json, "input", spec.input);
  take_choice(json, "activation", spec.activation);
  take_choice(json, "normalization", spec.normalization);
  take_choice(json, "pooling", spec.pooling);
  take_choice(json, "scaling", spec.scaling);
  spec.input_size = size_of(member(json, "input_size"), "input_size", 1);
  spec.class_count = size_of(member(json, "class_count"), "class_count", 1);
  spec.known_inputs = size_of(member(json, "known_inputs"), "known_inputs", 0);
  if (const auto epsilon = json.find("known_norm_epsilon"); epsilon != json.end()) {
    if (!epsilon->is_number()) refuse("known_norm_epsilon is " + shown(epsilon->dump()) + ", not a number");
    spec.known_norm_epsilon = epsilon->get<double>();
  }
  spec.hidden = sizes_of(json, "hidden", kMostLayers);
  spec.parts = sizes_of(json, "parts", kMostParts);
  const auto &dropout = member(json, "dropout"), &standardize = member(json, "standardize");
  if (!dropout.is_number() || !(dropout.get<double>() >= 0 && dropout.get<double>() < 1)) {
    refuse("dropout is " + shown(dropout.dump()) + ", not a number from 0 to below 1");
  }
  spec.dropout = dropout.get<double>();
  if (!standardize.is_boolean()) refuse("standardize is " + shown(standardize.dump()) + ", not true or false");
  spec.standardize = standardize.get<bool>();
  try {
    check(spec);
  } catch (const UsageError& error) {
    refuse(error.what());
  }
  return spec;
}

}  // namespace soundfold::head_spec
