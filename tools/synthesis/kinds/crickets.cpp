// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/rhythm.h"
#include "synthesis/kinds/kinds.h"

#include <algorithm>

namespace soundfold::synthesis::kinds {
namespace {

struct Cricket {
  double hz, syllable_hz, chirp_period_s;
  int syllables;
};

Cricket any_cricket(Random& body) {
  Cricket cricket;
  cricket.hz = in_ratio(body, 2800, 6000);
  cricket.syllable_hz = in_ratio(body, 22, 60);
  cricket.syllables = body.chance(0.25) ? 1000 : body.integer(2, 6);
  cricket.chirp_period_s = in_ratio(body, 0.25, 0.9);
  return cricket;
}

/// One chirp: strokes of the wings over the file, each a short swell of one pure tone.
Signal chirp(const Cricket& cricket, double most_s) {
  const double seconds = std::min(most_s, cricket.syllables / cricket.syllable_hz);
  Signal sound(samples_in(seconds));
  for (std::size_t i = 0; i < sound.size(); ++i) {
    const double t = static_cast<double>(i) / kRateHz;
    const double swell = std::max(0.0, sine(t * cricket.syllable_hz));
    sound[i] = swell * (sine(cricket.hz * t) + 0.1 * sine(2 * cricket.hz * t));
  }
  return sound;
}

}  // namespace

Signal crickets(Random body, Random take, std::size_t count) {
  const int how_many = body.integer(1, 5);
  Signal sound(count, 0.0);
  for (int n = 0; n < how_many; ++n) {
    const Cricket one = any_cricket(body);
    const Signal call = chirp(one, seconds_of(count));
    const double distance = n == 0 ? 1 : in_ratio(body, 0.05, 0.6);
    const double period_s = std::max(one.chirp_period_s, seconds_of(call.size()) * 1.15);
    for (const double at_s : steady_times(take, seconds_of(count), period_s, 0.06)) {
      // A cricket that trills without a break has begun before the recording.
      add_at(sound, call, one.syllables == 1000 ? 0 : at_s, distance * take.uniform(0.8, 1));
      if (one.syllables == 1000) break;
    }
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
