// SPDX-License-Identifier: Apache-2.0
#include "runtime/head.h"

#include "runtime/sample_model.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using runtime::Head;

namespace {

/// Two values of a frame, two classes, no hidden layer; weights [[1, 2], [3, 4]] and biases [0.5, -0.5].
runtime::HeadValues linear_head(head_spec::Pooling pooling) {
  runtime::HeadValues head;
  head.spec.input_size = 2;
  head.spec.class_count = 2;
  head.spec.hidden = {};
  head.spec.pooling = pooling;
  const bool doubles = head_spec::properties_of(pooling).doubles_size;
  head.tensors["linear0.weight"] = {
      {2, doubles ? 4 : 2}, doubles ? std::vector<float>{1, 2, 10, 20, 3, 4, 30, 40} : std::vector<float>{1, 2, 3, 4}};
  head.tensors["linear0.bias"] = {{2}, {0.5F, -0.5F}};
  return head;
}

struct Logits {
  std::vector<float> frames, clip;
};

Logits logits_of(const Head& head, const std::vector<float>& frames, std::int64_t block = 1000) {
  const auto values = head.spec().input_size, count = static_cast<std::int64_t>(frames.size()) / values;
  Logits logits;
  logits.frames.resize(static_cast<std::size_t>(count * head.spec().class_count));
  Head::Pooled pooled;
  for (std::int64_t at = 0; at < count; at += block) {
    head.add(frames.data() + at * values, std::min(block, count - at),
             logits.frames.data() + at * head.spec().class_count, pooled);
  }
  logits.clip = head.finish(pooled);
  return logits;
}

void check_equal(const std::vector<float>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) CHECK(found[k] == Approx(expected[k]).epsilon(1e-5));
}

}  // namespace

TEST_CASE("a linear head's logits are those by hand, for every pooling", "[runtime]") {
  const std::vector<float> frames{1, 0, 0, 1, -1, 2};
  const auto frame = logits_of(Head(linear_head(head_spec::Pooling::window)), frames);
  check_equal(frame.frames, {1.5, 2.5, 2.5, 3.5, 3.5, 4.5});
  check_equal(frame.clip, {2.5, 3.5});
  const auto mean = logits_of(Head(linear_head(head_spec::Pooling::mean)), frames);
  check_equal(mean.frames, {1.5, 2.5, 2.5, 3.5, 3.5, 4.5});
  check_equal(mean.clip, {2.5, 3.5});  // of the mean frame (0, 1)
  const auto both = logits_of(Head(linear_head(head_spec::Pooling::mean_max)), frames);
  check_equal(both.frames, {11.5, 32.5, 22.5, 43.5, 33.5, 54.5});
  check_equal(both.clip, {0 + 2 + 10 + 40 + 0.5, 0 + 4 + 30 + 80 - 0.5});  // the largest are (1, 2)
  auto values = linear_head(head_spec::Pooling::attention);
  values.tensors["attention.weight"] = {{1, 2}, {1, 1}};
  const auto attention = logits_of(Head(values), frames);
  check_equal(attention.clip, {2.5, 3.5});  // all scores are 1
  values.tensors["attention.weight"] = {{1, 2}, {0, std::log(3.0F)}};
  const double a = 1, b = 3, c = 9, x = (a - c) / (a + b + c), y = (b + 2 * c) / (a + b + c);
  check_equal(logits_of(Head(values), frames).clip, {x + 2 * y + 0.5, 3 * x + 4 * y - 0.5});
}

TEST_CASE("standardisation, scaling, known classes and activations are as by hand", "[runtime]") {
  auto values = linear_head(head_spec::Pooling::window);
  values.spec.standardize = true;
  values.tensors["input_mean"] = {{2}, {1, 2}};
  values.tensors["input_scale"] = {{2}, {2, 4}};
  check_equal(logits_of(Head(values), {3, 10}).clip, {1 + 4 + 0.5, 3 + 8 - 0.5});

  values = linear_head(head_spec::Pooling::window);
  values.spec.scaling = head_spec::Scaling::rms;
  check_equal(logits_of(Head(values), {6, 8}).clip, {22 / std::sqrt(50.0) + 0.5, 50 / std::sqrt(50.0) - 0.5});
  values.spec.parts = {1, 1};  // each value is its own part: its sign is left
  check_equal(logits_of(Head(values), {6, -8}).clip, {1 - 2 + 0.5, 3 - 4 - 0.5});

  for (const auto pooling : {head_spec::Pooling::window, head_spec::Pooling::mean}) {
    values = linear_head(pooling);
    values.spec.known_inputs = 1;
    values.tensors["known_kernel"] = {{2, 1}, {2, -1}};
    values.tensors["known_bias"] = {{2}, {1, 0}};
    values.tensors["known_gain"] = {{2}, {10, 1}};
    values.tensors["known_offset"] = {{2}, {0.25F, 0}};
    const auto found = logits_of(Head(values), {1, 0, 3, 0});
    check_equal(found.frames, {1.5 + 30.25, 2.5 - 1, 3.5 + 70.25, 8.5 - 3});
    const bool largest = pooling == head_spec::Pooling::mean;  // of the known logits; otherwise the mean of all
    check_equal(found.clip, {2.5 + (largest ? 70.25 : 50.25), 5.5 - (largest ? 1 : 2)});
  }

  values.spec.known_inputs = 2;
  values.spec.known_norm_epsilon = 0.5;
  values.tensors["known_kernel"] = {{2, 2}, {2, 0, 0, -1}};
  const double normal = 1 / std::sqrt(1.5);  // frame (1, 3) has mean 2 and variance 1
  check_equal(logits_of(Head(values), {1, 3}).frames, {7.5 + 10 * (1 - 2 * normal) + 0.25, 14.5 - normal});

  values = linear_head(head_spec::Pooling::window);
  values.spec.hidden = {2};
  values.tensors["linear1.weight"] = {{2, 2}, {1, 0, 0, 1}};
  values.tensors["linear1.bias"] = {{2}, {0, 0}};
  const std::vector<float> frame{1, -0.5F};  // the hidden values are 0.5 and 0.5
  check_equal(logits_of(Head(values), frame).clip, {0.5, 0.5});
  check_equal(logits_of(Head(values), {-1, 0.2F}).clip, {0, 0});
  values.spec.activation = head_spec::Activation::tanh;
  check_equal(logits_of(Head(values), frame).clip, {std::tanh(0.5), std::tanh(0.5)});
  values.spec.activation = head_spec::Activation::gelu;
  check_equal(logits_of(Head(values), frame).clip, {0.345731230, 0.345731230});  // 0.5 Phi(0.5)
  values.spec.normalization = head_spec::Normalization::batch;
  values.spec.activation = head_spec::Activation::relu;
  values.tensors["norm0.weight"] = {{2}, {2, 2}};
  values.tensors["norm0.bias"] = {{2}, {1, 1}};
  values.tensors["norm0.running_mean"] = {{2}, {0.25F, 0}};
  values.tensors["norm0.running_var"] = {{2}, {0.25F, 1}};
  check_equal(logits_of(Head(values), frame).clip,
              {2 * 0.25 / std::sqrt(0.25001) + 1, 2 * 0.5 / std::sqrt(1.00001) + 1});
  values.spec.normalization = head_spec::Normalization::layer;
  check_equal(logits_of(Head(values), frame).clip, {1, 1});  // both hidden values are their mean
  check_equal(logits_of(Head(values), {1, 1}).clip, {0, 2 * 1.5 / std::sqrt(2.25 + 1e-5) + 1});  // 3.5 and 6.5
}

TEST_CASE("frames in blocks of any size come to the same clip", "[runtime]") {
  for (const char* pooling : {"window", "mean", "mean_max", "attention"}) {
    INFO(pooling);
    head_spec::HeadSpec spec;
    spec.input_size = 20;
    spec.class_count = 4;
    spec.hidden = {7};
    spec.pooling = choice_named<head_spec::Pooling>(pooling).value();
    spec.standardize = true;
    spec.known_inputs = 5;
    const Head head(testing::random_head_values(spec));
    const auto frames = testing::changing_noise(20 * 33);
    const auto whole = logits_of(head, frames);
    for (const std::int64_t block : {1, 2, 16}) {
      const auto parts = logits_of(head, frames, block);
      CHECK(parts.clip == whole.clip);
      CHECK(parts.frames == whole.frames);
    }
  }
}
