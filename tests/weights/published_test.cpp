// SPDX-License-Identifier: Apache-2.0
#include "weights/published.h"

#include "testing/testing.h"
#include "weights/keras_file.h"
#include "weights/keras_h5.h"
#include "weights/sample_weights.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <numeric>
#include <set>
#include <string>

using namespace soundfold;
using namespace soundfold::weights;
using namespace soundfold::weights::testing;

namespace {

/// CRC-32C bit by bit, from the definition.
std::uint32_t slow_crc32c(const std::vector<float>& values) {
  std::vector<unsigned char> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  std::uint32_t crc = 0xFFFFFFFF;
  for (const unsigned char byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = ((crc ^ (static_cast<std::uint32_t>(byte) >> bit)) & 1) != 0;
      crc = (crc >> 1) ^ (carry ? 0x82F63B78 : 0);
    }
  }
  return ~crc;
}

float as_float(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Gives `values` the checksum `wanted` by its last value. The checksum of four last bytes is linear over their bits
/// and takes each value once, so that the bits to set follow by elimination.
void forge(std::vector<float>& values, std::uint32_t wanted) {
  const auto crc_with = [&](std::uint32_t last) {
    values.back() = as_float(last);
    return slow_crc32c(values);
  };
  const std::uint32_t zero = crc_with(0);
  std::uint32_t effect[32], bits[32];
  for (int i = 0; i < 32; ++i) {
    bits[i] = std::uint32_t{1} << i;
    effect[i] = crc_with(bits[i]) ^ zero;
  }
  std::uint32_t left = wanted ^ zero, last = 0;
  for (int column = 0; column < 32; ++column) {
    const std::uint32_t place = std::uint32_t{1} << column;
    int pivot = column;
    while (pivot < 32 && (effect[pivot] & place) == 0) ++pivot;
    REQUIRE(pivot < 32);
    std::swap(effect[pivot], effect[column]);
    std::swap(bits[pivot], bits[column]);
    for (int row = column + 1; row < 32; ++row) {
      if ((effect[row] & place) == 0) continue;
      effect[row] ^= effect[column];
      bits[row] ^= bits[column];
    }
    if ((left & place) == 0) continue;
    left ^= effect[column];
    last ^= bits[column];
  }
  REQUIRE(crc_with(last) == wanted);
}

}  // namespace

TEST_CASE("CRC-32C gives the values of RFC 3720", "[weights]") {
  const std::string digits = "123456789";
  CHECK(crc32c(digits.data(), digits.size()) == 0xE3069283);
  CHECK(crc32c(nullptr, 0) == 0);
  std::vector<unsigned char> bytes(32, 0);
  CHECK(crc32c(bytes.data(), 32) == 0x8A9136AA);
  bytes.assign(32, 0xFF);
  CHECK(crc32c(bytes.data(), 32) == 0x62A8AB43);
  std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(0));
  CHECK(crc32c(bytes.data(), 32) == 0x46DD794E);
}

TEST_CASE("the published tensors are those of YAMNet's layers", "[weights]") {
  const auto expected = keras_datasets(random_weights(1, network::kYamnetClasses, 1, network::Activation::relu));
  std::set<std::string> names;
  std::int64_t values = 0;
  for (const auto& tensor : published_float_tensors()) {
    CAPTURE(tensor.name);
    names.insert(tensor.name);
    REQUIRE(expected.count(tensor.name) == 1);
    const auto& shape = expected.at(tensor.name).shape;
    std::int64_t product = 1;
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(tensor.shape[i] == (i < shape.size() ? static_cast<std::int64_t>(shape[i]) : 0));
      if (tensor.shape[i] > 0) product *= tensor.shape[i];
    }
    values += product;
  }
  CHECK(names.size() == 110);
  CHECK(values == 3'751'369);
}

TEST_CASE("published tensors are counted in a Keras file by their values", "[weights]") {
  const soundfold::testing::TempFolder folder;
  auto datasets = keras_datasets(random_weights(1, network::kYamnetClasses, 7, network::Activation::relu));
  write_keras_file(folder / "other.h5", datasets, false);
  const auto none = count_published_tensors(folder / "other.h5");
  CHECK(none.published == 0);
  CHECK(none.total == 110);
  CHECK(none.first_other == "layer1/conv/kernel:0");

  for (const std::size_t place : {0U, 1U, 13U, 108U}) {
    const auto& tensor = published_float_tensors()[place];
    auto& values = datasets.at(tensor.name).values;
    do {
      values.front() += 0.25F;
      forge(values, tensor.crc32c);
    } while (!std::isfinite(values.back()));
  }
  write_keras_file(folder / "partly.h5", datasets, true);
  const auto partly = count_published_tensors(folder / "partly.h5");
  CHECK(partly.published == 4);
  CHECK(partly.first_other == published_float_tensors()[2].name);
}

TEST_CASE("no tensor of the network made from the TFLite file is one of the float network", "[weights][assets]") {
  const auto count = count_published_tensors(soundfold::testing::assets_folder() / "yamnet" / "yamnet_keras_layout.h5");
  CHECK(count.published == 0);
  CHECK(count.total == 110);
}
