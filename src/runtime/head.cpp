// SPDX-License-Identifier: Apache-2.0
#include "runtime/head.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace soundfold::runtime {
namespace {

using head_spec::Activation;
using head_spec::Normalization;
using head_spec::Pooling;

/// Several partial sums let the compiler use vector arithmetic.
float dot(const float* a, const float* b, std::size_t count) {
  constexpr std::size_t kSums = 16;
  float sums[kSums] = {};
  std::size_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (std::size_t k = 0; k < kSums; ++k) sums[k] += a[i + k] * b[i + k];
  }
  for (std::size_t width = kSums / 2; width > 0; width /= 2) {
    for (std::size_t k = 0; k < width; ++k) sums[k] += sums[k + width];
  }
  for (; i < count; ++i) sums[0] += a[i] * b[i];
  return sums[0];
}

/// [rows, outputs] of vectors [rows, inputs].
std::vector<float> affine(const std::vector<float>& kernel, const std::vector<float>& bias, const float* vectors,
                          std::size_t rows) {
  const std::size_t outputs = bias.size(), inputs = kernel.size() / outputs;
  std::vector<float> result(rows * outputs);
  for (std::size_t k = 0; k < outputs; ++k) {
    const float* weights = kernel.data() + k * inputs;
    for (std::size_t row = 0; row < rows; ++row) {
      result[row * outputs + k] = dot(weights, vectors + row * inputs, inputs) + bias[k];
    }
  }
  return result;
}

/// Mean and biased variance.
std::pair<double, double> moments(const float* values, std::size_t count) {
  double sum = 0, squares = 0;
  for (std::size_t k = 0; k < count; ++k) sum += double{values[k]};
  const double mean = sum / static_cast<double>(count);
  for (std::size_t k = 0; k < count; ++k) squares += (double{values[k]} - mean) * (double{values[k]} - mean);
  return {mean, squares / static_cast<double>(count)};
}

float activated(float x, Activation activation) {
  if (activation == Activation::tanh) return std::tanh(x);
  if (activation == Activation::gelu) return 0.5F * x * (1.0F + std::erf(x * 0.70710678F));
  return std::max(x, 0.0F);
}

void add_up(std::vector<double>& sums, const float* values, std::size_t count) {
  sums.resize(count);
  for (std::size_t k = 0; k < count; ++k) sums[k] += double{values[k]};
}

void raise(std::vector<double>& largest, const float* values, std::size_t count) {
  if (largest.empty()) largest.assign(values, values + count);
  for (std::size_t k = 0; k < count; ++k) largest[k] = std::max(largest[k], double{values[k]});
}

}  // namespace

Head::Head(HeadValues values) : values_(std::move(values)), part_sizes_(head_spec::part_sizes(values_.spec)) {}

void Head::add(const float* frames, std::int64_t count, float* logits, Pooled& pooled) const {
  const auto rows = static_cast<std::size_t>(count), values = static_cast<std::size_t>(spec().input_size);
  const auto classes = static_cast<std::size_t>(spec().class_count);
  const auto inputs = standardized(frames, rows);
  const auto own = layers(pooled_alone(inputs), rows);
  std::copy(own.begin(), own.end(), logits);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto known = known_logits(frames + row * values);
    add_known(known, logits + row * classes);
    pool(known, inputs.data() + row * values, logits + row * classes, pooled);
  }
}

std::vector<float> Head::standardized(const float* frames, std::size_t count) const {
  const auto values = static_cast<std::size_t>(spec().input_size);
  std::vector<float> inputs(frames, frames + count * values);
  if (!spec().standardize) return inputs;
  const auto &mean = values_.values("input_mean"), &deviation = values_.values("input_scale");
  for (std::size_t row = 0; row < count; ++row) {
    float* input = inputs.data() + row * values;
    for (std::size_t k = 0; k < values; ++k) input[k] = (input[k] - mean[k]) / deviation[k];
  }
  return inputs;
}

std::vector<float> Head::pooled_alone(const std::vector<float>& inputs) const {
  if (!properties_of(spec().pooling).doubles_size) return inputs;
  std::vector<float> both;
  for (auto row = inputs.begin(); row != inputs.end(); row += spec().input_size) {
    for (int part = 0; part < 2; ++part) both.insert(both.end(), row, row + spec().input_size);
  }
  return both;
}

void Head::pool(const std::vector<float>& known, const float* input, const float* logits, Pooled& pooled) const {
  const auto values = static_cast<std::size_t>(spec().input_size);
  ++pooled.frames;
  switch (spec().pooling) {
    case Pooling::window:
      return add_up(pooled.sums, logits, static_cast<std::size_t>(spec().class_count));
    case Pooling::mean:
      add_up(pooled.sums, input, values);
      break;
    case Pooling::mean_max:
      add_up(pooled.sums, input, values);
      raise(pooled.largest, input, values);
      break;
    case Pooling::attention:
      pool_attention(input, pooled);
      break;
  }
  raise(pooled.known, known.data(), known.size());
}

/// A softmax over frames that come one by one: what there is shrinks whenever the largest score grows.
void Head::pool_attention(const float* input, Pooled& pooled) const {
  const auto values = static_cast<std::size_t>(spec().input_size);
  const double score = dot(values_.values("attention.weight").data(), input, values);
  if (pooled.frames == 1) pooled.peak = score;
  const double peak = std::max(pooled.peak, score);
  const double kept = std::exp(pooled.peak - peak), share = std::exp(score - peak);
  pooled.peak = peak;
  pooled.total = pooled.total * kept + share;
  pooled.sums.resize(values);
  for (std::size_t k = 0; k < values; ++k) pooled.sums[k] = pooled.sums[k] * kept + share * double{input[k]};
}

std::vector<float> Head::finish(const Pooled& pooled) const {
  const double parts = spec().pooling == Pooling::attention ? pooled.total : static_cast<double>(pooled.frames);
  std::vector<float> vector;
  for (const double sum : pooled.sums) vector.push_back(static_cast<float>(sum / parts));
  if (spec().pooling == Pooling::window) return vector;
  for (const double value : pooled.largest) vector.push_back(static_cast<float>(value));
  auto logits = layers(std::move(vector), 1);
  add_known({pooled.known.begin(), pooled.known.end()}, logits.data());
  return logits;
}

std::vector<float> Head::layers(std::vector<float> vectors, std::size_t rows) const {
  for (std::size_t row = 0; row < rows; ++row) scale(vectors.data() + row * vectors.size() / rows);
  for (std::size_t layer = 0; layer <= spec().hidden.size(); ++layer) {
    const std::string name = "linear" + std::to_string(layer);
    vectors = affine(values_.values(name + ".weight"), values_.values(name + ".bias"), vectors.data(), rows);
    if (layer == spec().hidden.size()) break;
    for (std::size_t row = 0; row < rows; ++row) normalise(layer, vectors.data() + row * vectors.size() / rows);
    for (float& x : vectors) x = activated(x, spec().activation);
  }
  return vectors;
}

void Head::scale(float* vector) const {
  if (spec().scaling == head_spec::Scaling::none) return;
  for (const auto size : part_sizes_) {
    const auto count = static_cast<std::size_t>(size);
    const double square = double{dot(vector, vector, count)} / static_cast<double>(size);
    const auto factor = static_cast<float>(1.0 / std::sqrt(square + head_spec::kScalingEpsilon));
    for (std::size_t k = 0; k < count; ++k) vector[k] *= factor;
    vector += count;
  }
}

void Head::normalise(std::size_t layer, float* vector) const {
  if (spec().normalization == Normalization::none) return;
  const std::string name = "norm" + std::to_string(layer);
  const auto &weight = values_.values(name + ".weight"), &bias = values_.values(name + ".bias");
  const std::size_t count = weight.size();
  const auto apply = [&](std::size_t k, double mean, double variance) {
    const double normal = (double{vector[k]} - mean) / std::sqrt(variance + head_spec::kNormEpsilon);
    vector[k] = static_cast<float>(normal * double{weight[k]} + double{bias[k]});
  };
  if (spec().normalization == Normalization::batch) {
    const auto &means = values_.values(name + ".running_mean"), &variances = values_.values(name + ".running_var");
    for (std::size_t k = 0; k < count; ++k) apply(k, double{means[k]}, double{variances[k]});
    return;
  }
  const auto [mean, variance] = moments(vector, count);
  for (std::size_t k = 0; k < count; ++k) apply(k, mean, variance);
}

std::vector<float> Head::known_logits(const float* frame) const {
  if (spec().known_inputs == 0) return {};
  const auto &kernel = values_.values("known_kernel"), &bias = values_.values("known_bias");
  if (spec().known_norm_epsilon == 0) return affine(kernel, bias, frame, 1);
  std::vector<float> embedding(frame, frame + spec().known_inputs);
  const auto [mean, variance] = moments(embedding.data(), embedding.size());
  const double deviation = std::sqrt(variance + spec().known_norm_epsilon);
  for (float& x : embedding) x = static_cast<float>((double{x} - mean) / deviation);
  return affine(kernel, bias, embedding.data(), 1);
}

void Head::add_known(const std::vector<float>& known, float* logits) const {
  if (known.empty()) return;
  const auto &gain = values_.values("known_gain"), &offset = values_.values("known_offset");
  for (std::size_t k = 0; k < known.size(); ++k) logits[k] += known[k] * gain[k] + offset[k];
}

}  // namespace soundfold::runtime
