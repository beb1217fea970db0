// SPDX-License-Identifier: Apache-2.0
#include "engines/int8_reference.h"
#include "engines/internal/int8_arithmetic.h"
#include "engines/internal/onednn_runner.h"
#include "engines/onednn_engine.h"
#include "support/errors.h"
#include "testing/testing.h"
#include "text/npy.h"
#include "weights/sample_weights.h"
#include "weights/tflite.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>

using namespace soundfold;
using namespace soundfold::weights;
using namespace soundfold::engines;
using namespace soundfold::weights::testing;

namespace {

/// Without the instructions the engine refuses int8, and there is nothing to compare.
bool processor_has_int8() {
  const std::string unsupported = missing_cpu_features(Precision::int8);
  if (!unsupported.empty()) WARN("int8 not tested: " << unsupported);
  return unsupported.empty();
}

/// The engine holds int8 values as uint8 = int8 + 128.
std::vector<std::uint8_t> shifted(const std::vector<Int8Image>& images) {
  std::vector<std::uint8_t> values;
  for (const auto& image : images) {
    for (const auto value : image.values) values.push_back(static_cast<std::uint8_t>(value + kUint8Shift));
  }
  return values;
}

struct Difference {
  std::int64_t largest = 0, differing = 0, count = 0;
  void add(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
    REQUIRE(a.size() == b.size());
    count += static_cast<std::int64_t>(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      largest = std::max<std::int64_t>(largest, std::abs(a[i] - b[i]));
      differing += a[i] != b[i] ? 1 : 0;
    }
  }
};

/// Patches in the range of log-mel values, silence and clipped loudness included.
std::vector<float> random_patch_values(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(-7.5F, 6.0F);
  std::vector<float> patches(static_cast<std::size_t>(count * 96 * 64));
  for (auto& v : patches) v = value(random);
  return patches;
}

/// The float patches that quantise to exactly `images`.
std::vector<float> dequantized(const std::vector<Int8Image>& images) {
  std::vector<float> patches;
  for (const auto& image : images) {
    for (const auto q : image.values) patches.push_back(image.scale * static_cast<float>(q - image.zero_point));
  }
  return patches;
}

/// Compares every stage of the engine with the reference, each fed with the reference's own input. Returns the
/// difference over all activations; names the stage that fails.
Difference compare_stages(const Weights& weights, const std::vector<float>& patches, Rounding rounding) {
  const auto shared = std::make_shared<onednn::Shared>(weights, Precision::int8);
  onednn::Runner runner(shared);
  const auto& convolutions = shared->network.convolutions();
  const Quantization& quantization = *weights.quantization;
  std::vector<Int8Image> images;
  for (std::size_t p = 0; p < patches.size() / 6144; ++p) {
    images.push_back(quantized_patch(patches.data() + p * 6144, quantization));
  }
  const auto count = static_cast<std::int64_t>(images.size());
  std::vector<std::uint8_t> source(static_cast<std::size_t>(count * convolutions[0].in_values()));
  runner.edges().write_windows(dequantized(images).data(), count, source.data());

  Difference total;
  const auto compare = [&](std::size_t index) {
    std::vector<std::uint8_t> found(static_cast<std::size_t>(count * convolutions[index].out_values()));
    runner.run_convolution(index, count, source.data(), found.data());
    Difference stage;
    stage.add(found, shifted(images));
    INFO(convolutions[index].name << ": " << stage.differing << " of " << stage.count << " differ");
    CHECK(stage.largest <= 1);
    total.add(found, shifted(images));
  };
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    for (auto& image : images)
      image = convolve(image, weights.network.layers[i], quantization.layers[i], weights.network.activation, rounding);
    compare(i);
    source = shifted(images);
  }
  std::vector<std::uint8_t> means(static_cast<std::size_t>(count * weights.embedding_size()));
  std::vector<float> embeddings(means.size());
  runner.edges().take_means(source.data(), count, embeddings.data(), means.data());
  for (auto& image : images) image = mean_of(image, quantization);
  total.add(means, shifted(images));
  source = shifted(images);
  for (auto& image : images) image = classify(image, quantization.classifier, rounding);
  compare(weights.layers.size());
  return total;
}

/// The engine rounds once, in float: against the same in integers only near-ties may differ.
void check_difference(const Difference& all, Rounding rounding) {
  INFO((rounding == Rounding::once ? "rounding once: " : "rounding twice: ")
       << all.differing << " of " << all.count << " activations differ");
  CHECK(all.largest <= 1);
  CHECK(static_cast<double>(all.differing) <
        (rounding == Rounding::once ? 1e-4 : 1e-2) * static_cast<double>(all.count));
}

Weights odd_quantized_network(unsigned seed, network::Activation activation) {
  Weights weights = random_weights(odd_network(), 17, seed, activation);
  weights.quantization = working_quantization(weights, seed + 1);
  return weights;
}

}  // namespace

TEST_CASE("fixed-point multiplication is the product to the nearest integer", "[engines]") {
  std::mt19937 random(5);
  for (int i = 0; i < 10'000; ++i) {
    const auto x = static_cast<std::int32_t>(random() % 2'000'000) - 1'000'000;
    const double factor = std::ldexp(0.5 + (random() % 1000) / 2000.0, -static_cast<int>(random() % 12));
    REQUIRE(std::abs(multiply_fixed_point(x, factor, Rounding::once) - x * factor) <= 0.501);
    REQUIRE(std::abs(multiply_fixed_point(x, factor, Rounding::twice) - x * factor) <= 1.001);
  }
  for (const auto rounding : {Rounding::once, Rounding::twice}) {
    CHECK(multiply_fixed_point(3, 0.5, rounding) == 2);
    CHECK(multiply_fixed_point(-3, 0.5, rounding) == -1);
    CHECK(multiply_fixed_point(100, 0.25, rounding) == 25);
    CHECK(multiply_fixed_point(7, 1.5, rounding) == 11);
  }
  // 5 * 3/32 = 0.47: up to a half first, then up to 1.
  CHECK(multiply_fixed_point(5, 0.09375, Rounding::once) == 0);
  CHECK(multiply_fixed_point(5, 0.09375, Rounding::twice) == 1);
}

TEST_CASE("quantising rounds to the nearest step and stops at the ends", "[engines]") {
  const float values[] = {0.0F, 0.5F, -0.5F, 0.26F, 0.24F, -100.0F, 100.0F, std::nanf("")};
  std::uint8_t quantized[8];
  quantize(values, 8, 0.5F, 16, quantized);
  // uint8 = value / 0.5 + 16 + 128.
  CHECK(std::vector<int>(quantized, quantized + 8) == std::vector<int>{144, 145, 143, 145, 144, 0, 255, 0});
}

TEST_CASE("the mean of quantised values changes their scale", "[engines]") {
  // 70 channels, so that the last group of channels is not full. Sums 3c and 6; factor 0.5 / 3 positions.
  std::vector<std::uint8_t> values;
  for (int p = 0; p < 3; ++p) {
    for (int c = 0; c < 70; ++c) values.push_back(static_cast<std::uint8_t>(c + p));
  }
  std::vector<std::uint8_t> mean(70);
  quantized_mean(values.data(), 3, 70, 0.5F / 3, -100, mean.data());
  for (int c = 0; c < 70; ++c) CHECK(int{mean[static_cast<std::size_t>(c)]} == (c + 2) / 2 + 28);
  std::vector<float> real(70);
  dequantize(mean.data(), 70, 0.25F, -100, real.data());
  CHECK(real[0] == 0.25F);
  CHECK(real[69] == 0.25F * 35);
}

TEST_CASE("the table of sigmoids gives what the quantised logits mean", "[engines]") {
  const auto table = sigmoid_table(0.1F, 100);
  CHECK(table[228] == 0.5F);
  CHECK(table[0] == Approx(1 / (1 + std::exp(22.8))));
  CHECK(table[255] == Approx(1 / (1 + std::exp(-2.7))));
}

TEST_CASE("every int8 stage is within one step of the integer reference, with odd widths", "[engines]") {
  if (!processor_has_int8()) return;
  for (const auto activation : {network::Activation::relu6, network::Activation::relu}) {
    for (const auto rounding : {Rounding::once, Rounding::twice}) {
      const Difference all = compare_stages(odd_quantized_network(21, activation), random_patch_values(4, 3), rounding);
      check_difference(all, rounding);
    }
  }
}

TEST_CASE("the integer reference notices wrong arithmetic", "[engines]") {
  if (!processor_has_int8()) return;
  const auto patches = random_patch_values(1, 4);
  Weights weights = odd_quantized_network(22, network::Activation::relu6);
  const auto stage_of = [&](const Weights& other) {
    onednn::Runner runner(std::make_shared<onednn::Shared>(other, Precision::int8));
    std::vector<std::uint8_t> source(48 * 32 * 12);
    runner.edges().write_windows(patches.data(), 1, source.data());
    std::vector<std::uint8_t> found(48 * 32 * 3);
    runner.run_convolution(0, 1, source.data(), found.data());
    return found;
  };
  const auto layer1 = convolve(quantized_patch(patches.data(), *weights.quantization), weights.network.layers[0],
                               weights.quantization->layers[0], weights.network.activation, Rounding::once);
  Difference right;
  right.add(stage_of(weights), shifted({layer1}));
  CHECK(right.largest <= 1);
  SECTION("another zero point of the input") {
    weights.quantization->input_zero_point += 1;
  }
  SECTION("another scale of one channel") {
    weights.quantization->layers[0].kernel_scales[1] *= 1.1F;
  }
  SECTION("another scale of the output") {
    weights.quantization->layers[0].output_scale *= 1.1F;
  }
  SECTION("another bias") {
    weights.quantization->layers[0].bias[2] += 500;
  }
  Difference wrong;
  wrong.add(stage_of(weights), shifted({layer1}));
  CHECK(wrong.largest > 1);
}

TEST_CASE("weights that int8 cannot follow are refused with the reason", "[engines]") {
  Weights weights = odd_quantized_network(23, network::Activation::relu6);
  weights.quantization->layers[3].output_zero_point = -5;
  CHECK_THROWS_WITH(onednn::int8_convolutions(weights), Catch::Contains("layer3.depthwise") && Catch::Contains("-5"));
  weights.quantization.reset();
  CHECK_THROWS_AS(onednn::int8_convolutions(weights), UsageError);
  CHECK_THROWS_WITH(onednn::int8_convolutions(weights), Catch::Contains("float") && Catch::Contains("TFLite"));
}

TEST_CASE("every int8 stage is within one step of the integer reference, with the real weights", "[engines][assets]") {
  if (!processor_has_int8()) return;
  const auto assets = soundfold::testing::assets_folder();
  const Weights weights = read_tflite(assets / "yamnet" / "yamnet_classification_int8.tflite");
  const NpyArray log_mel = read_npy(assets / "reference" / "miaow_16k.log_mel.npy");
  std::vector<float> patches(log_mel.values.begin(), log_mel.values.begin() + 2 * 6144);
  const auto noise = random_patch_values(1, 9);
  patches.insert(patches.end(), noise.begin(), noise.end());
  for (const auto rounding : {Rounding::once, Rounding::twice}) {
    check_difference(compare_stages(weights, patches, rounding), rounding);
  }
}
