// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "weights/keras_file.h"
#include "weights/sample_weights.h"
#include "weights/weights.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace soundfold;
using namespace soundfold::weights;
using namespace soundfold::weights::testing;

namespace {

/// A folder with a class map, and the datasets of one random full-width network.
struct KerasCase {
  KerasCase() { write_file_atomically(map(), class_map_text()); }
  std::filesystem::path map() const { return folder / "map.csv"; }
  std::filesystem::path file() const { return folder / "weights.h5"; }
  Weights read(bool full_model = false) const {
    write_keras_file(file(), datasets, full_model);
    return read_weights(file(), map(), {});
  }
  soundfold::testing::TempFolder folder;
  Weights weights = random_weights(1, network::kYamnetClasses, 7, network::Activation::relu);
  std::map<std::string, Dataset> datasets = keras_datasets(weights);
};

void check_same_values(const Weights& a, const Weights& b) {
  REQUIRE(a.layers.size() == b.layers.size());
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    INFO(a.network.layers[i].name);
    CHECK(a.layers[i].kernel == b.layers[i].kernel);
    CHECK(a.layers[i].beta == b.layers[i].beta);
    CHECK(a.layers[i].mean == b.layers[i].mean);
    CHECK(a.layers[i].variance == b.layers[i].variance);
  }
  CHECK(a.classifier_kernel == b.classifier_kernel);
  CHECK(a.classifier_bias == b.classifier_bias);
}

}  // namespace

TEST_CASE("a Keras file gives its values back, in both nestings", "[weights]") {
  KerasCase keras;
  REQUIRE(keras.datasets.size() == 110);
  const bool full_model = GENERATE(false, true);
  const Weights read = keras.read(full_model);
  check_same_values(read, keras.weights);
  CHECK(read.network.activation == network::Activation::relu);
  CHECK(read.class_names.size() == 521);
  CHECK_THAT(read.source, Catch::StartsWith("weights.h5 (Keras HDF5, sha256 "));
  CHECK_FALSE(read.quantization);
  CHECK_THROWS_WITH(read_described_weights(keras.file()), Catch::Contains("importer --from"));
}

TEST_CASE("a Keras file with folded batch norms is taken as ReLU6 unless specified otherwise", "[weights]") {
  KerasCase keras;
  for (auto& layer : keras.weights.layers) {
    layer.mean.assign(layer.mean.size(), 0.0F);
    layer.variance.assign(layer.variance.size(), 0.9999F);
  }
  keras.datasets = keras_datasets(keras.weights);
  CHECK(keras.read().network.activation == network::Activation::relu6);
  CHECK(read_weights(keras.file(), keras.map(), network::Activation::relu).network.activation ==
        network::Activation::relu);
}

TEST_CASE("a Keras file that is not exactly YAMNet's is refused, naming the dataset", "[weights]") {
  KerasCase keras;
  SECTION("missing") {
    keras.datasets.erase("layer5/depthwise_conv/bn/moving_mean:0");
    CHECK_THROWS_WITH(keras.read(), Catch::Contains("layer5/depthwise_conv/bn/moving_mean:0' is missing"));
  }
  SECTION("extra") {
    keras.datasets["layer1/conv/bn/gamma:0"] = {{32}, std::vector<float>(32, 1.0F)};
    CHECK_THROWS_WITH(keras.read(), Catch::Contains("gamma:0' is not part of YAMNet"));
  }
  SECTION("another shape") {
    keras.datasets["logits/bias:0"] = {{520}, std::vector<float>(520)};
    CHECK_THROWS_WITH(keras.read(), Catch::Contains("shape [520], expected [521]"));
  }
  SECTION("another rank") {
    keras.datasets["layer1/conv/kernel:0"].shape = {9, 32};
    CHECK_THROWS_WITH(keras.read(), Catch::Contains("shape [9, 32], expected [3, 3, 1, 32]"));
  }
  SECTION("another type") {
    keras.datasets["layer2/pointwise_conv/kernel:0"].as_float64 = true;
    CHECK_THROWS_WITH(keras.read(), Catch::Contains("not float32"));
  }
  SECTION("not a number") {
    keras.datasets["layer3/pointwise_conv/bn/beta:0"].values[5] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH(keras.read(), Catch::Contains("value 5 is not a finite number"));
  }
  SECTION("negative variance") {
    keras.datasets["layer3/pointwise_conv/bn/moving_variance:0"].values[5] = -1;
    CHECK_THROWS_WITH(keras.read(), Catch::Contains("variance of layer3.pointwise is negative"));
  }
}

TEST_CASE("a damaged HDF5 file is an error in one line", "[weights]") {
  KerasCase keras;
  keras.read();
  const std::string bytes = read_file(keras.file());
  for (const std::size_t size :
       {std::size_t{8}, std::size_t{100}, std::size_t{5000}, bytes.size() / 2, bytes.size() - 1}) {
    write_file_atomically(keras.file(), bytes.substr(0, size));
    CHECK_THROWS_AS(read_weights(keras.file(), keras.map(), {}), DataError);
  }
}

TEST_CASE("a Keras file that names a driver information block is refused before HDF5 allocates for it", "[weights]") {
  KerasCase keras;
  keras.read();
  std::string bytes = read_file(keras.file());
  REQUIRE(bytes[8] == 0);  // the superblock's version: its driver block's address is at 48
  REQUIRE(bytes.substr(48, 8) == std::string(8, '\xFF'));
  bytes.replace(48, 8, std::string("\0\x68\0\0\0\0\0\0", 8));
  write_file_atomically(keras.file(), bytes);
  CHECK_THROWS_WITH(read_weights(keras.file(), keras.map(), {}),
                    Catch::Contains("first bytes are not those of a file that Keras wrote"));
}
