// SPDX-License-Identifier: Apache-2.0
#include "augmentation/room_response.h"

#include "augmentation/transforms.h"
#include "support/random.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using namespace soundfold::augmentation;

namespace {

std::vector<float> noise(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> samples(count);
  for (float& x : samples) x = static_cast<float>(0.2 * random.bell());
  return samples;
}

double energy(const std::vector<float>& samples, std::size_t from, std::size_t count) {
  double sum = 0;
  for (std::size_t i = from; i < from + count; ++i) sum += double{samples[i]} * samples[i];
  return sum;
}

}  // namespace

TEST_CASE("a generated room falls by 60 dB in its RT60, with the asked-for direct sound", "[augmentation]") {
  for (const double direct_db : {0.0, 10.0}) {
    const auto room = decaying_noise(0.5, direct_db, 16000, 7);
    REQUIRE(room.size() == 8000);
    CHECK(room[0] == 1);
    CHECK(10 * std::log10(1 / energy(room, 1, room.size() - 1)) == Approx(direct_db).margin(1e-3));
    // Between two stretches 0.2 s apart lie 0.2 / 0.5 * 60 = 24 dB; the noise of 1,600 samples is known to 0.2 dB.
    const double fallen = 10 * std::log10(energy(room, 800, 1600) / energy(room, 4000, 1600));
    CHECK(fallen == Approx(24).margin(1));
  }
  CHECK(decaying_noise(0.5, 3, 16000, 7) == decaying_noise(0.5, 3, 16000, 7));
  CHECK(decaying_noise(0.5, 3, 16000, 7) != decaying_noise(0.5, 3, 16000, 8));
  CHECK(decaying_noise(0.00001, 3, 16000, 7) == std::vector<float>{1});
}

TEST_CASE("a sound in a room is the convolution, at the level it had", "[augmentation]") {
  for (const std::size_t length : {std::size_t{1}, std::size_t{500}, std::size_t{40'000}}) {
    const auto clip = noise(length, 1), room = noise(300, 2);
    std::vector<double> expected(length, 0.0);
    double sum = 0;
    for (std::size_t n = 0; n < length; ++n) {
      for (std::size_t k = 0; k <= std::min(n, room.size() - 1); ++k) expected[n] += double{room[k]} * clip[n - k];
      sum += expected[n] * expected[n];
    }
    const double factor = std::sqrt(mean_square(clip) * static_cast<double>(length) / sum);
    const auto room_sound = in_room(clip, room);
    REQUIRE(room_sound.size() == length);
    double worst = 0;
    for (std::size_t n = 0; n < length; ++n) worst = std::max(worst, std::abs(room_sound[n] - factor * expected[n]));
    CHECK(worst < 1e-5);
    CHECK(mean_square(room_sound) == Approx(mean_square(clip)).epsilon(1e-4));
  }
}

TEST_CASE("a response longer than the clip, of one sample, or none", "[augmentation]") {
  const auto clip = noise(100, 1);
  CHECK(in_room(clip, noise(50'000, 2)).size() == 100);
  const auto same = in_room(clip, {0.25F});
  for (std::size_t i = 0; i < clip.size(); ++i) CHECK(same[i] == Approx(clip[i]).margin(1e-6));
  CHECK(in_room(clip, {}) == clip);
  CHECK(in_room({}, {1, 2}).empty());
  const std::vector<float> silence(100, 0.0F);
  CHECK(in_room(silence, {1, 0.5F}) == silence);
}

TEST_CASE("a measured response begins 1 ms before its loudest sample", "[augmentation]") {
  std::vector<float> response(4000, 0.001F);
  response[1000] = -0.9F;
  const auto aligned = from_direct_sound(response, 16000);
  REQUIRE(aligned.size() == 4000 - 1000 + 16);
  CHECK(aligned[16] == -0.9F);
  response = {0.5F, 0.1F};
  CHECK(from_direct_sound(response, 16000) == response);
  CHECK(from_direct_sound(std::vector<float>(100, 0.0F), 16000).empty());
  CHECK(from_direct_sound({}, 16000).empty());
  std::vector<float> long_one(200'000, 0.0F);
  long_one[0] = 1;
  CHECK(from_direct_sound(long_one, 16000).size() == 160'000);
}
