// SPDX-License-Identifier: Apache-2.0
#include "audit/audio_facts.h"

#include "audio/waveform.h"
#include "support/files.h"
#include "support/random.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <functional>

using namespace soundfold;

namespace {

/// Facts of a 16-bit WAV with these samples.
audit::AudioFacts facts_of(int rate_hz, double seconds, const std::function<double(double)>& sample_at) {
  const testing::TempFolder folder;
  std::vector<float> samples;
  for (int i = 0; i < static_cast<int>(seconds * rate_hz); ++i) {
    samples.push_back(static_cast<float>(sample_at(static_cast<double>(i) / rate_hz)));
  }
  audio::write_wav(folder / "a.wav", samples, rate_hz);
  return audit::audio_facts(folder / "a.wav");
}

double tone(double t, double hz) {
  return std::sin(2 * 3.14159265358979323846 * hz * t);
}

}  // namespace

TEST_CASE("level, peak, length and format of a tone", "[audit]") {
  const auto facts = facts_of(44'100, 1.5, [](double t) { return 0.5 * tone(t, 1000); });
  CHECK(facts.problem == "");
  CHECK(facts.sample_rate_hz == 44'100);
  CHECK(facts.channels == 1);
  CHECK(facts.seconds == Approx(1.5));
  CHECK(facts.peak == Approx(0.5).margin(0.001));
  CHECK(facts.level_dbfs == Approx(20 * std::log10(0.5 / std::sqrt(2.0))).margin(0.02));
  CHECK(facts.dc_offset == Approx(0).margin(1e-4));
  CHECK(facts.clipped == 0);
  CHECK(facts.quiet == 0);
  CHECK(facts.highest_hz == Approx(1000).margin(300));  // the window's lobes
}

TEST_CASE("an overdriven tone is clipped, a loud one is not", "[audit]") {
  // Above 1/2 for a third of each half period: a share of 2/3.
  const auto hard = facts_of(16'000, 1, [](double t) { return std::max(-1.0, std::min(1.0, 2 * tone(t, 100))); });
  CHECK(hard.clipped == Approx(2.0 / 3).margin(0.02));
  CHECK(facts_of(16'000, 1, [](double t) { return 0.99 * tone(t, 440); }).clipped < 0.001);
  CHECK(facts_of(16'000, 1, [](double t) { return std::max(-0.3, std::min(0.3, 2 * tone(t, 100))); }).clipped == 0);
}

TEST_CASE("DC, silence and padding are measured", "[audit]") {
  CHECK(facts_of(8'000, 1, [](double t) { return 0.25 + 0.1 * tone(t, 300); }).dc_offset == Approx(0.25).margin(0.001));
  const auto silent = facts_of(8'000, 1, [](double) { return 0.0; });
  CHECK(silent.level_dbfs == -200);
  CHECK(silent.quiet == 1);
  CHECK(silent.highest_hz == 0);
  CHECK(facts_of(8'000, 2, [](double t) { return t < 0.5 ? tone(t, 300) : 0; }).quiet == Approx(0.75));
}

TEST_CASE("noise fills the band of its rate, and less of that of a higher rate", "[audit]") {
  Random random(3);
  CHECK(facts_of(44'100, 2, [&](double) { return 0.2 * random.bell(); }).highest_hz > 21'500);
  // Tones up to 3.9 kHz, as a file of 8 kHz that was resampled.
  const auto narrow = facts_of(44'100, 2, [](double t) {
    double sum = 0;
    for (int k = 1; k <= 39; ++k) sum += 0.02 * tone(t, 100 * k);
    return sum;
  });
  CHECK(narrow.highest_hz == Approx(3900).margin(300));
}

TEST_CASE("a file that is no sound is a fact too", "[audit]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "a.wav", "no sound");
  CHECK_THAT(audit::audio_facts(folder / "a.wav").problem, Catch::Contains("a.wav"));
  CHECK_THAT(audit::audio_facts(folder / "gone.wav").problem, Catch::Contains("gone.wav"));
}
