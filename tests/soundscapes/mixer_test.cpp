// SPDX-License-Identifier: Apache-2.0
#include "soundscapes/mixer.h"

#include "support/random.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using soundscapes::Mixer;
using soundscapes::PlacedSound;

namespace {

std::vector<float> alternating(std::size_t count, float amplitude) {
  std::vector<float> samples;
  for (std::size_t i = 0; i < count; ++i) samples.push_back(i % 2 == 0 ? amplitude : -amplitude);
  return samples;
}

PlacedSound placed(std::int64_t start, const std::vector<float>& samples, double mean_square, double snr_db) {
  PlacedSound sound;
  sound.start = start;
  sound.length = static_cast<std::int64_t>(samples.size());
  sound.mean_square = mean_square;
  sound.snr_db = snr_db;
  sound.load = [samples] { return samples; };
  return sound;
}

std::vector<float> mixed(const std::vector<PlacedSound>& sounds, const std::vector<float>& background,
                         std::int64_t length, const std::function<std::size_t()>& piece) {
  std::vector<float> all;
  Mixer mixer(sounds, length,
              [&](const float* samples, std::size_t count) { all.insert(all.end(), samples, samples + count); });
  for (std::size_t at = 0; at < background.size();) {
    const std::size_t count = std::min(piece(), background.size() - at);
    mixer.push(background.data() + at, count);
    at += count;
  }
  CHECK(mixer.full());
  return all;
}

}  // namespace

TEST_CASE("an event has its ratio to the background at its place", "[soundscapes]") {
  // Background of RMS 0.01, later 0.02; the event of RMS 0.5 at +20 dB there has RMS 0.2: a factor of 0.4.
  auto background = alternating(100, 0.01F);
  const auto louder = alternating(100, 0.02F);
  background.insert(background.end(), louder.begin(), louder.end());
  double told_gain = 0, told_snr = 0;
  auto sound = placed(120, alternating(40, 0.5F), 0.25, 20);
  sound.mixed = [&](double gain, double snr_db) { told_gain = gain, told_snr = snr_db; };
  const auto samples = mixed({sound}, background, 200, [] { return 7; });
  REQUIRE(samples.size() == 200);
  CHECK(samples[119] == Approx(-0.02));
  CHECK(samples[120] == Approx(0.02 + 0.2));
  CHECK(samples[159] == Approx(-0.22));
  CHECK(samples[160] == Approx(0.02));
  CHECK(told_gain == Approx(0.4));
  CHECK(told_snr == Approx(20));
}

TEST_CASE("an event that would leave the range is made softer, and its ratio told", "[soundscapes]") {
  double told_snr = 0;
  auto sound = placed(0, alternating(10, 0.5F), 0.25, 40);
  sound.mixed = [&](double, double snr_db) { told_snr = snr_db; };
  const auto samples = mixed({sound}, alternating(10, 0.1F), 10, [] { return 10; });
  CHECK(samples[0] == Approx(1.09));
  CHECK(told_snr == Approx(20 * std::log10(0.99 / 0.1)));
}

TEST_CASE("the mix does not depend on how the background arrives, and ends at its length", "[soundscapes]") {
  Random random(3);
  std::vector<float> background(5000);
  for (auto& sample : background) sample = static_cast<float>(random.uniform(-0.1, 0.1));
  const std::vector<PlacedSound> sounds = {placed(10, alternating(300, 0.2F), 0.04, 3),
                                           placed(310, alternating(1, 0.2F), 0.04, 0),
                                           placed(3990, alternating(10, 0.3F), 0.09, 10)};
  const auto whole = mixed(sounds, background, 4000, [] { return 5000; });
  CHECK(whole.size() == 4000);
  CHECK(mixed(sounds, background, 4000, [] { return 1; }) == whole);
  CHECK(mixed(sounds, background, 4000, [&] { return static_cast<std::size_t>(random.integer(1, 700)); }) == whole);
}
