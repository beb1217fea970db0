// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "frontend/log_mel.h"
#include "frontend/signals.h"
#include "testing/testing.h"
#include "text/npy.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;

namespace {

/// The project's bar is 1e-4; a float64 transform stays far below it, and this holds it there.
constexpr double kTolerance = 2e-6;

double worst_error(const std::string& signal, const std::vector<float>& waveform) {
  const NpyArray expected = read_npy(testing::assets_folder() / "reference" / (signal + ".log_mel.npy"));
  const frontend::Spectrogram result = frontend::spectrogram(waveform);
  REQUIRE(expected.shape == std::vector<std::int64_t>{result.frame_count, 64});
  double worst = 0;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(result.log_mel[i]) - static_cast<double>(expected.values[i])));
  }
  return worst;
}

std::vector<float> recording(const std::string& name) {
  return audio::load_waveform(testing::assets_folder() / "audio" / (name + ".wav"));
}

}  // namespace

TEST_CASE("the noise generator gives numpy's numbers", "[frontend]") {
  const std::vector<float> noise = testing::uniform_noise(4, 51'773);
  const double expected[] = {0.46900838, -0.30861865, 0.60087028, -0.45403122};
  for (std::size_t i = 0; i < 4; ++i) CHECK(noise[i] == Approx(expected[i]).margin(1e-7));
}

TEST_CASE("log-mel equals the references", "[frontend][assets]") {
  CHECK(worst_error("silence_3s", std::vector<float>(48'000, 0.0f)) <= kTolerance);
  CHECK(worst_error("white_noise_seed51773_3s", testing::uniform_noise(48'000, 51'773)) <= kTolerance);
  CHECK(worst_error("sine_440hz_3s", testing::sine(48'000, 440)) <= kTolerance);
  CHECK(worst_error("miaow_16k", recording("miaow_16k")) <= kTolerance);
  CHECK(worst_error("speech_whistling2", recording("speech_whistling2")) <= kTolerance);
}

TEST_CASE("the tutorial's recordings give as many patches as published", "[frontend][assets]") {
  CHECK(frontend::patch_count(static_cast<std::int64_t>(recording("miaow_16k").size())) == 13);
  CHECK(frontend::patch_count(static_cast<std::int64_t>(recording("speech_whistling2").size())) == 10);
}
