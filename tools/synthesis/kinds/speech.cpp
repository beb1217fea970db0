// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

#include <array>

namespace soundfold::synthesis::kinds {
namespace {

struct Vowel {
  double f1_hz, f2_hz, f3_hz;
};

/// Mean formants of men's vowels: G. Peterson and H. Barney, "Control methods used in a study of the vowels", 1952.
constexpr std::array<Vowel, 8> kVowels = {{{270, 2290, 3010},
                                           {390, 1990, 2550},
                                           {530, 1840, 2480},
                                           {660, 1720, 2410},
                                           {730, 1090, 2440},
                                           {570, 840, 2410},
                                           {440, 1020, 2240},
                                           {300, 870, 2240}}};

struct Speaker {
  double pitch_hz, tract, breath;  ///< `tract`: formants relative to a man's
};

const Vowel& any_vowel(Random& take) {
  return kVowels[static_cast<std::size_t>(take.integer(0, 7))];
}

/// A vowel that glides to another, led by the closing of the lips or tongue.
Signal syllable(const Speaker& speaker, Random& take, double seconds, double pitch_hz) {
  const Vowel& a = any_vowel(take);
  const Vowel& b = take.chance(0.6) ? a : any_vowel(take);
  Call call;
  call.seconds = seconds;
  call.lowest_hz = 70;
  call.larynx.pitch_hz = Contour({{0, 1.05}, {1, take.uniform(0.85, 1.05)}}).times(pitch_hz);
  call.larynx.loudness = Contour({{0, 0}, {0.2, 1}, {0.7, 0.8}, {1, 0}});
  call.larynx.breath = speaker.breath;
  const double closed = take.uniform(0.5, 0.9);
  const auto path = [&](double from_hz, double to_hz, double first) {
    return Contour({{0, first * from_hz}, {0.25, from_hz}, {0.6, from_hz}, {1, to_hz}}).times(speaker.tract);
  };
  call.formants = {{path(a.f1_hz, b.f1_hz, closed), 70},
                   {path(a.f2_hz, b.f2_hz, take.uniform(0.8, 1.2)), 100},
                   {path(a.f3_hz, b.f3_hz, 1), 150},
                   {3500 * speaker.tract, 250},
                   {4500 * speaker.tract, 350}};
  return utter(call, take);
}

/// s, sh, f, or the burst of t, k, p.
Signal consonant(Random& take) {
  const double seconds = take.chance(0.5) ? take.uniform(0.01, 0.03) : take.uniform(0.06, 0.15);
  Signal sound = white_noise(take, samples_in(seconds));
  band_pass(sound, in_ratio(take, 1500, 6000), 1.2);
  fade_ends(sound, 0.2 * seconds, 0.4 * seconds);
  set_peak(sound, 1);
  return sound;
}

}  // namespace

/// Syllables without sense, in phrases with the fall of a sentence.
Signal speech(Random body, Random take, std::size_t count) {
  Speaker speaker;
  const double smallness = body.uniform();
  speaker.pitch_hz = between_in_ratio(85, 300, smallness) * in_ratio(body, 0.9, 1.1);
  speaker.tract = 1 + 0.35 * smallness;
  speaker.breath = in_ratio(body, 0.02, 0.4);
  const double syllable_s = in_ratio(body, 0.12, 0.28), liveliness = body.uniform(0.05, 0.35);
  Signal sound(count, 0.0);
  double at_s = take.uniform(-1, 0.3);
  while (at_s < seconds_of(count)) {
    const int syllables = take.integer(3, 14);
    for (int n = 0; n < syllables; ++n) {
      const double declination = 1.1 - 0.25 * n / syllables;
      const double pitch_hz = speaker.pitch_hz * declination * (1 + liveliness * take.bell());
      const Signal onset = consonant(take);
      if (take.chance(0.7)) add_at(sound, onset, at_s - 0.03, in_ratio(take, 0.03, 0.3));
      const double seconds = syllable_s * in_ratio(take, 0.6, 1.5);
      const Signal one = syllable(speaker, take, seconds, pitch_hz);
      add_at(sound, one, at_s, take.uniform(0.5, 1));
      at_s += seconds * 0.95;
    }
    at_s += take.uniform(0.15, 0.9);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
