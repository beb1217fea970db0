// SPDX-License-Identifier: Apache-2.0
#include "device/random_streams.h"

#include <catch2/catch.hpp>

using namespace soundfold;

TEST_CASE("seeds of streams stay as they are: checkpoints are resumed with them", "[device]") {
  // Computed in Python from SplitMix64's definition.
  CHECK(stream_seed(1, 0, Draw::initial_weights) == 7806873273932414515U);
  CHECK(stream_seed(-3, 12, Draw::noise) == 12552173893595590754U);
}
