// SPDX-License-Identifier: Apache-2.0
#include "network/outputs.h"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace soundfold;

TEST_CASE("taps add the mean and the maximum of their channels to an embedding", "[network]") {
  const auto yamnet = network::yamnet_description();
  CHECK(network::embedding_size(yamnet, {}) == 1024);
  CHECK(network::embedding_size(yamnet, {8}) == 1024 + 2 * 512);
  CHECK(network::embedding_size(yamnet, {1, 8, 14}) == 1024 + 2 * (32 + 512 + 1024));
  CHECK_THROWS_AS(network::embedding_size(yamnet, {15}), std::out_of_range);
  CHECK_THROWS_AS(network::embedding_size(yamnet, {0}), std::out_of_range);
}

TEST_CASE("the class for silence is found by its name", "[network]") {
  CHECK(network::silence_class({"Speech", "Dog", "Silence"}) == 2);
  CHECK_FALSE(network::silence_class({"Speech", "silence"}).has_value());
  CHECK_FALSE(network::silence_class({}).has_value());
}
