// SPDX-License-Identifier: Apache-2.0
#include "weights/tflite.h"

#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "weights/weights.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using namespace soundfold::weights;

namespace {

std::filesystem::path yamnet_asset(const std::string& name) {
  return soundfold::testing::assets_folder() / "yamnet" / name;
}

double largest_gap(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double{a[i]} - double{b[i]}));
  return largest;
}

/// Reads damaged bytes; a DataError is the only exception allowed.
bool refused(const std::filesystem::path& path, const std::string& bytes) {
  write_file_atomically(path, bytes);
  try {
    read_tflite(path);
    return false;
  } catch (const DataError&) {
    return true;
  }
}

}  // namespace

TEST_CASE("the TFLite file and the Keras file hold the same network", "[weights][assets]") {
  const Weights lite = read_weights(yamnet_asset("yamnet_classification_int8.tflite"), "", {});
  const Weights keras = read_weights(yamnet_asset("yamnet_keras_layout.h5"), yamnet_asset("yamnet_class_map.csv"), {});
  double largest = std::max(largest_gap(lite.classifier_kernel, keras.classifier_kernel),
                            largest_gap(lite.classifier_bias, keras.classifier_bias));
  for (std::size_t i = 0; i < lite.layers.size(); ++i) {
    largest = std::max(largest, largest_gap(lite.layers[i].kernel, keras.layers[i].kernel));
    largest = std::max(largest, largest_gap(lite.layers[i].beta, keras.layers[i].beta));
    largest = std::max(largest, largest_gap(lite.layers[i].mean, keras.layers[i].mean));
    largest = std::max(largest, largest_gap(lite.layers[i].variance, keras.layers[i].variance));
  }
  CHECK(largest <= 1e-5);
  CHECK(lite.class_names == keras.class_names);
  CHECK(lite.network.activation == network::Activation::relu6);
  CHECK(keras.network.activation == network::Activation::relu6);
}

TEST_CASE("the TFLite file's own arithmetic is kept", "[weights][assets]") {
  const Weights weights = read_tflite(yamnet_asset("yamnet_classification_int8.tflite"));
  REQUIRE(weights.quantization);
  const Quantization& q = *weights.quantization;
  CHECK(q.input_scale == Approx(0.04802061).epsilon(1e-6));
  CHECK(q.input_zero_point == 16);
  CHECK(q.mean_scale == Approx(0.02232835).epsilon(1e-6));
  CHECK(q.mean_zero_point == -128);
  REQUIRE(q.layers.size() == 27);
  for (std::size_t i = 0; i < 27; ++i) {
    const QuantizedLayer& layer = q.layers[i];
    INFO(layer.name);
    CHECK(layer.kernel.size() == weights.layers[i].kernel.size());
    CHECK(layer.kernel_scales.size() == layer.bias.size());
    CHECK(layer.output_zero_point == -128);
    // ReLU6 gives 6/255 everywhere but in one layer, whose activations stayed below 5.34 when it was calibrated.
    const double range = layer.name == "layer12.pointwise" ? 5.3302 : 6.0;
    CHECK(layer.output_scale == Approx(range / 255).epsilon(1e-4));
    CHECK(weights.layers[i].kernel[0] == Approx(layer.kernel_scales[0] * layer.kernel[0]));
  }
  CHECK(q.classifier.kernel.size() == 521 * 1024);
  CHECK(q.classifier.kernel_scales.size() == 1);
  CHECK(q.classifier.output_zero_point == 100);
  CHECK_THROWS_AS(read_weights(yamnet_asset("yamnet_classification_int8.tflite"), "", network::Activation::relu),
                  UsageError);
}

TEST_CASE("a truncated or corrupted TFLite file is refused or read, never a crash", "[weights][assets]") {
  const soundfold::testing::TempFolder folder;
  const std::string whole = read_file(yamnet_asset("yamnet_classification_int8.tflite"));
  const auto path = folder / "damaged.tflite";
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{8}, std::size_t{400}, std::size_t{70'000},
                                 whole.size() / 2, whole.size() - 5000, whole.size() - 1}) {
    CHECK(refused(path, whole.substr(0, size)));
  }
  // The graph's tables lie in the first kilobytes and behind the weights: garble words there.
  std::size_t refusals = 0;
  for (std::size_t step = 0; step < 60; ++step) {
    std::string garbled = whole;
    const std::size_t offset = step < 10 ? step * 4 : whole.size() - 70'000 + step * 1'000;
    for (std::size_t i = 0; i < 4; ++i) garbled[offset + i] = static_cast<char>(0xA5 + step);
    refusals += refused(path, garbled) ? 1 : 0;
  }
  CHECK(refusals >= 10);
}
