// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"
#include "synthesis/spectrum.h"
#include "synthesis/synthesize.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <set>

using namespace soundfold;
using namespace soundfold;
using namespace soundfold::synthesis;
using Catch::Contains;

namespace {

Signal dry(const std::string& kind, std::uint64_t body, std::uint64_t take, double seconds) {
  return find_kind(kind).perform(Random(body), Random(take), samples_in(seconds));
}

/// The pitch where the sound is loudest.
double pitch_at_loudest(const Signal& sound, double low_hz, double high_hz) {
  std::size_t best = 0;
  double loudest = -1;
  for (std::size_t start = 0; start + 800 <= sound.size(); start += 400) {
    const double level = root_mean_square(Signal(sound.begin() + static_cast<std::ptrdiff_t>(start),
                                                 sound.begin() + static_cast<std::ptrdiff_t>(start + 800)));
    if (level > loudest) {
      loudest = level;
      best = start;
    }
  }
  const auto from = sound.begin() + static_cast<std::ptrdiff_t>(best);
  return testing::measured_pitch_hz(Signal(from, from + 800), low_hz, high_hz);
}

/// The share of 20 ms pieces that are louder than a thirtieth of the loudest.
double sounding_share(const Signal& sound) {
  std::vector<double> levels;
  for (std::size_t start = 0; start + 320 <= sound.size(); start += 320) {
    levels.push_back(root_mean_square(Signal(sound.begin() + static_cast<std::ptrdiff_t>(start),
                                             sound.begin() + static_cast<std::ptrdiff_t>(start + 320))));
  }
  const double loudest = *std::max_element(levels.begin(), levels.end());
  const auto sounding = std::count_if(levels.begin(), levels.end(), [&](double x) { return x > loudest / 30; });
  return static_cast<double>(sounding) / static_cast<double>(levels.size());
}

}  // namespace

TEST_CASE("names and targets are unique, ordered, and ESC-50's where it has them", "[synthesis]") {
  std::set<std::string> names;
  int last = -1, esc10 = 0;
  for (const SoundKind& kind : sound_kinds()) {
    CHECK(names.insert(kind.name).second);
    CHECK(kind.target > last);
    CHECK_FALSE(kind.what.empty());
    last = kind.target;
    esc10 += kind.esc10;
  }
  CHECK(names.size() >= 25);
  CHECK(esc10 == 10);
  CHECK(find_kind("dog").target == 0);
  CHECK(find_kind("cat").target == 5);
  CHECK(find_kind("siren").target == 42);
  CHECK_THROWS_WITH(find_kind("dgo"), Contains("did you mean 'dog'?"));
  CHECK_THROWS_AS(find_kind("zzzzzzzz"), UsageError);
}

TEST_CASE("every kind gives finite sound of the requested length, within full scale and not silent", "[synthesis]") {
  for (const SoundKind& kind : sound_kinds()) {
    for (const double seconds : {0.1, 0.33333, 1.7}) {
      CAPTURE(kind.name, seconds);
      const Sound sound = synthesize(kind, {5, 6, seconds});
      CHECK(sound.sample_rate_hz == 16000);
      REQUIRE(sound.waveform.size() == samples_in(seconds));
      float peak = 0;
      bool finite = true;
      for (const float x : sound.waveform) {
        finite = finite && std::isfinite(x);
        peak = std::max(peak, std::fabs(x));
      }
      CHECK(finite);
      CHECK(peak <= 0.892F);   // -1 dB
      CHECK(peak >= 0.0999F);  // -20 dB
    }
  }
}

TEST_CASE("the same seeds give the same samples, other ones give others", "[synthesis]") {
  for (const SoundKind& kind : sound_kinds()) {
    CAPTURE(kind.name);
    const auto first = synthesize(kind, {1, 0, 1}).waveform;
    CHECK(synthesize(kind, {1, 0, 1}).waveform == first);
    CHECK(synthesize(kind, {1, 1, 1}).waveform != first);
    CHECK(synthesize(kind, {2, 0, 1}).waveform != first);
    CHECK(synthesize(kind.name, 9, 1).waveform == synthesize(kind.name, 9, 1).waveform);
    CHECK(synthesize(kind.name, 9, 1).waveform != synthesize(kind.name, 10, 1).waveform);
  }
}

TEST_CASE("a duration out of range is refused", "[synthesis]") {
  for (const double seconds : {0.0, -1.0, 0.05, 61.0, std::nan(""), 1e300}) {
    CHECK_THROWS_AS(synthesize("dog", 1, seconds), UsageError);
  }
  CHECK_THROWS_WITH(synthesize("dog", 1, 100), Contains("100 s") && Contains("0.1 to 60 s"));
}

TEST_CASE("takes of one dog share its pitch, and dogs differ", "[synthesis]") {
  double within = 0, between = 0, last_hz = 0;
  for (std::uint64_t body = 0; body < 12; ++body) {
    const double a_hz = pitch_at_loudest(dry("dog", body, 1, 3), 220, 1200);
    const double b_hz = pitch_at_loudest(dry("dog", body, 2, 3), 220, 1200);
    within += std::fabs(std::log2(a_hz / b_hz)) / 12;
    if (body > 0) between += std::fabs(std::log2(a_hz / last_hz)) / 11;
    last_hz = a_hz;
  }
  CAPTURE(within, between);
  CHECK(within < 0.75 * between);
}

TEST_CASE("barks are short and separate, meows long, rain never stops", "[synthesis]") {
  double barks = 0, meows = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    barks += sounding_share(dry("dog", seed, seed, 5)) / 10;
    meows += sounding_share(dry("cat", seed, seed, 5)) / 10;
    CHECK(sounding_share(dry("rain", seed, seed, 5)) > 0.95);
  }
  CAPTURE(barks, meows);
  CHECK((barks > 0.05 && barks < 0.4));
  CHECK((meows > 0.25 && meows < 0.8));
  CHECK(meows > barks);
}

TEST_CASE("a clock ticks in time", "[synthesis]") {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Signal sound = dry("clock_tick", seed, seed, 5);
    std::vector<double> onsets_s;
    double peak = 0;
    for (const double x : sound) peak = std::max(peak, std::fabs(x));
    for (std::size_t i = 0; i < sound.size(); ++i) {
      const double t = static_cast<double>(i) / kRateHz;
      if (std::fabs(sound[i]) > 0.1 * peak && (onsets_s.empty() || t > onsets_s.back() + 0.2)) onsets_s.push_back(t);
    }
    CAPTURE(seed);
    REQUIRE(onsets_s.size() >= 4);
    // A limping clock has two intervals in turn, so every second beat is in time.
    const double period_s = onsets_s[2] - onsets_s[0];
    for (std::size_t i = 2; i < onsets_s.size(); ++i) {
      CHECK(onsets_s[i] - onsets_s[i - 2] == Approx(period_s).margin(0.025));
    }
  }
}

TEST_CASE("numbered sounds go through all kinds, each drawn from the seed and its number", "[synthesis]") {
  const auto count = static_cast<std::int64_t>(sound_kinds().size());
  for (const std::int64_t number : {std::int64_t{1}, count + 1}) {
    auto draws = Random(7).child("sound " + std::to_string(number));
    SoundParameters parameters;
    parameters.source_seed = draws.bits();
    parameters.take_seed = draws.bits();
    CHECK(numbered_sound(number, 7).waveform == synthesize(sound_kinds()[1], parameters).waveform);
  }
  CHECK(numbered_sound(1, 7).waveform != numbered_sound(count + 1, 7).waveform);
  CHECK(numbered_sound(1, 7).waveform != numbered_sound(1, 8).waveform);
  CHECK(numbered_sound(0, 7).waveform.size() == 80'000);
}
