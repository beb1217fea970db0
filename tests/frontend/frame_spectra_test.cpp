// SPDX-License-Identifier: Apache-2.0
#include "frontend/internal/frame_spectra.h"

#include "frontend/mel_filters.h"
#include "frontend/signals.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>

using namespace soundfold::frontend;
using soundfold::testing::uniform_noise;

TEST_CASE("spectra are the same to the last bit, whichever instructions compute them", "[frontend]") {
  const auto samples = uniform_noise(kWindowSamples + kHopSamples * (kFrameBatch - 1), 3);
  std::array<const float*, kFrameBatch> frames{};
  for (int i = 0; i < kFrameBatch; ++i) frames[static_cast<std::size_t>(i)] = samples.data() + i * kHopSamples;

  const auto usable = usable_frame_spectra(spectra_settings(InputRecipe{}, hann_window_float64(), mel_filters()));
  REQUIRE(!usable.empty());
  std::vector<float> expected(std::size_t{kSpectrumBins} * kFrameBatch, -1.0f);
  usable.front()->compute(frames.data(), expected.data());
  const auto first = expected.begin() + mel_filters().lowest_bin * kFrameBatch;
  const auto last = expected.begin() + (mel_filters().highest_bin + 1) * kFrameBatch;
  CHECK(std::all_of(first, last, [](float x) { return x > 0; }));
  for (const auto& spectra : usable) {
    std::vector<float> magnitudes(expected.size(), -1.0f);
    spectra->compute(frames.data(), magnitudes.data());
    CHECK(magnitudes == expected);
  }
}
