// SPDX-License-Identifier: Apache-2.0
#include "augmentation/pitch.h"

#include "augmentation/tones.h"
#include "augmentation/transforms.h"
#include "augmentation/variant.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using namespace soundfold::augmentation;
using testing::measured_hz;
using testing::tone;

namespace {

/// Whether this build has the library; without it each call is refused, which is tested in its place.
bool has_pitch() {
  try {
    return !pitch_library().empty();
  } catch (const UsageError& error) {
    CHECK_THAT(error.what(), Catch::Contains("libsoundtouch-dev"));
    CHECK_THROWS_AS(with_pitch({0.5F, 0.5F}, 2, 16000), UsageError);
    return false;
  }
}

}  // namespace

TEST_CASE("pitch changes by semitones, length and level stay", "[augmentation]") {
  if (!has_pitch()) return;
  const auto clip = tone(48'000, 440);
  for (const double semitones : {-12.0, -3.0, 2.0, 7.0}) {
    CAPTURE(semitones);
    const auto changed = with_pitch(clip, semitones, 16000);
    CHECK(changed.size() == clip.size());
    CHECK(measured_hz(changed) == Approx(440 * std::pow(2.0, semitones / 12)).epsilon(0.01));
    CHECK(10 * std::log10(mean_square(changed) / mean_square(clip)) == Approx(0).margin(1));
    CHECK(with_pitch(clip, semitones, 16000) == changed);
  }
  CHECK(with_pitch(clip, 0, 16000) == clip);
  CHECK(with_pitch({}, 3, 16000).empty());
  CHECK(with_pitch({0.5F, 0.25F}, 3, 16000).size() == 2);
}

TEST_CASE("a changed pitch leaves a sound where it is in time", "[augmentation]") {
  if (!has_pitch()) return;
  std::vector<float> clip(48'000, 0.0F);
  const auto burst = tone(8'000, 500);
  std::copy(burst.begin(), burst.end(), clip.begin() + 20'000);
  for (const double semitones : {-5.0, 5.0}) {
    const auto changed = with_pitch(clip, semitones, 16000);
    double moment = 0, sum = 0;
    for (std::size_t i = 0; i < changed.size(); ++i) {
      moment += static_cast<double>(i) * changed[i] * changed[i];
      sum += double{changed[i]} * changed[i];
    }
    CHECK(moment / sum == Approx(24'000).margin(1600));  // 0.1 s
  }
}

TEST_CASE("the text of a variant with another pitch names the library", "[augmentation]") {
  if (!has_pitch()) return;
  VariantOptions options;
  options.pitch_semitones = 2;
  CHECK_THAT(Variant(options, 1, nullptr).text(), Catch::Contains("pitch 2 semitones by SoundTouch "));
}
