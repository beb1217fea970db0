// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// One syllable of a crow: cock, a, doo, dle or doo.
Signal crow_syllable(Random& take, double seconds, const Contour& pitch_hz, double throat_cm, double hoarseness) {
  Call call;
  call.seconds = seconds;
  call.drive = 0.35;
  call.lowest_hz = 450;
  call.larynx.pitch_hz = pitch_hz;
  call.larynx.loudness = Contour({{0, 0}, {0.15, 1}, {0.75, 0.9}, {1, 0}});
  call.larynx.breath = 0.2 + 0.8 * hoarseness;
  call.larynx.jitter = 0.005 + 0.03 * hoarseness;
  call.larynx.shimmer = 0.2 * hoarseness;
  call.formants = tube_formants(throat_cm, 4, 0.055);
  const double open = take.uniform(0.6, 0.95), tongue = take.uniform(0.65, 0.95);
  move_formant(call.formants, 0, Contour({{0, 0.8}, {0.4, open}, {1, 0.8}}));
  move_formant(call.formants, 1, tongue);
  return utter(call, take);
}

}  // namespace

Signal rooster(Random body, Random take, std::size_t count) {
  const double pitch_hz = in_ratio(body, 400, 700), throat_cm = in_ratio(body, 4.4, 6.5), hoarseness = body.uniform();
  const double pace = in_ratio(body, 0.8, 1.3), last_s = in_ratio(body, 0.5, 1.3);
  Signal sound(count, 0.0);
  double at_s = take.uniform(0, 0.6);
  while (at_s < seconds_of(count) - 0.3) {
    const double p = pitch_hz * in_ratio(take, 0.95, 1.05);
    const auto cry = [&](double seconds, const Contour& contour) {
      add_at(sound, crow_syllable(take, pace * seconds, contour.times(p), throat_cm, hoarseness), at_s);
      at_s += pace * (seconds + 0.12);
    };
    cry(0.16, Contour({{0, 0.7}, {0.5, 0.95}, {1, 0.85}}));
    cry(0.14, Contour({{0, 0.85}, {0.5, 1.05}, {1, 1}}));
    cry(0.28, Contour({{0, 1}, {0.3, 1.3}, {1, 1.2}}));
    cry(last_s, Contour({{0, 1.15}, {0.2, 1.3}, {0.6, 1.1}, {1, 0.6}}));
    at_s += take.uniform(0.8, 3);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
