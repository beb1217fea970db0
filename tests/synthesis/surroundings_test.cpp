// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/recording.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using namespace soundfold::synthesis;

namespace {

double level_between(const Signal& signal, double from_s, double to_s) {
  return root_mean_square(Signal(signal.begin() + static_cast<std::ptrdiff_t>(from_s * kRateHz),
                                 signal.begin() + static_cast<std::ptrdiff_t>(to_s * kRateHz)));
}

double peak_of(const Signal& signal) {
  double peak = 0;
  for (const double x : signal) peak = std::max(peak, std::fabs(x));
  return peak;
}

Signal beep(std::size_t count, double seconds) {
  Signal signal(count, 0.0);
  for (std::size_t i = 0; i < samples_in(seconds); ++i) signal[i + 800] = sine(0.05 * static_cast<double>(i));
  return signal;
}

}  // namespace

TEST_CASE("signals are added, scaled, faded and driven as their comments say", "[synthesis]") {
  Signal signal(16, 0.0);
  add_at(signal, {1, 2, 3}, 14.0 / kRateHz, 0.5);
  CHECK(signal[14] == 0.5);
  CHECK(signal[15] == 1);
  add_at(signal, {1, 2, 3}, -2.0 / kRateHz);
  CHECK(signal[0] == 3);
  CHECK(signal[1] == 0);
  add_at(signal, {1}, 100);
  set_peak(signal, 0.3);
  CHECK(peak_of(signal) == Approx(0.3));
  Signal silence(4, 0.0);
  set_peak(silence, 1);
  CHECK(silence == Signal(4, 0.0));
  CHECK(root_mean_square({3, 4, 0, 0}) == Approx(2.5));
  CHECK(root_mean_square({}) == 0);
  Signal loud = {-1000, 0, 1};
  overdrive(loud, 2);
  CHECK(loud[0] == Approx(-1).epsilon(1e-6));
  CHECK(loud[2] == Approx(2 / std::sqrt(5.0)));
  Signal ones(1600, 1.0);
  fade_away(ones, 0.05);
  CHECK(ones[800] == Approx(0.001).epsilon(1e-6));
}

TEST_CASE("a room's tail falls by 60 dB in its time", "[synthesis]") {
  Room room;
  room.decay_s = 0.6;
  room.share = 1;
  room.bright_hz = 1e5;  // walls that swallow nothing more of the high tones
  Signal click(32000, 0.0);
  click[0] = 1;
  reverberate(click, room);
  REQUIRE(click.size() == 32000);
  const double early = level_between(click, 0.15, 0.25), late = level_between(click, 0.45, 0.55);
  CHECK(20 * std::log10(early / late) == Approx(30).margin(4));

  Signal dry(100, 0.5);
  room.share = 0;
  reverberate(dry, room);
  CHECK(dry == Signal(100, 0.5));
}

TEST_CASE("any room is within its ranges, and rooms differ", "[synthesis]") {
  Random random(1);
  const Room a = any_room(random), b = any_room(random);
  CHECK(a.decay_s != b.decay_s);
  CHECK((a.decay_s >= 0.08 && a.decay_s <= 1.2 && a.share <= 0.35 && a.size_m >= 1.5));
}

TEST_CASE("a recording keeps its length and its level within limits", "[synthesis]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const Signal recorded = record(beep(16000, 0.3), {}, Random(seed), Random(seed + 100));
    REQUIRE(recorded.size() == 16000);
    CHECK(peak_of(recorded) <= amplitude_of(-1) + 1e-9);
    CHECK(peak_of(recorded) >= amplitude_of(-20) - 1e-9);
  }
}

TEST_CASE("the background is as far below the sound as the style allows", "[synthesis]") {
  const RecordingStyle style{false, 60, 0};  // 60 dB and 3 either way, no room
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Signal recorded = record(beep(32000, 0.3), style, Random(seed), Random(seed));
    const double ratio_db = 20 * std::log10(loudest_level(recorded) / level_between(recorded, 1, 2));
    CHECK((ratio_db > 50 && ratio_db < 75));
  }
}

TEST_CASE("some recordings of calls end with digital silence, and others never do", "[synthesis]") {
  int ended = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const RecordingStyle call{true, 22, 1};
    const Signal recorded = record(beep(32000, 0.3), call, Random(seed), Random(seed));
    ended += std::all_of(recorded.end() - 8000, recorded.end(), [](double x) { return x == 0; });
    const Signal other = record(beep(32000, 0.3), {}, Random(seed), Random(seed));
    CHECK(level_between(other, 1.5, 2) > 0);
  }
  CHECK((ended > 10 && ended < 40));  // 24 are expected
}

TEST_CASE("silence can be recorded too", "[synthesis]") {
  const Signal recorded = record(Signal(1000, 0.0), {}, Random(1), Random(2));
  CHECK(recorded == Signal(1000, 0.0));
}
