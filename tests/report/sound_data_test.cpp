// SPDX-License-Identifier: Apache-2.0
#include "report/sound_data.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold::report;

TEST_CASE("sounds become Ogg or WAV of a fitting size", "[report]") {
  std::vector<float> samples(80'000);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = std::sin(static_cast<float>(i) * 0.2F) * 0.5F;
  const auto uri = sound_uri(samples);
  CHECK(uri.rfind("data:audio/", 0) == 0);
  CHECK(uri.size() > 1'000);
  CHECK(uri.size() < 60'000);
  CHECK_NOTHROW(sound_uri({0.1F}));
}
