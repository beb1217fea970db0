// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// "ah": breath drawn in, with a little voice.
Signal inhale(Random& take, double pitch_hz, double throat_cm) {
  Call call;
  call.seconds = take.uniform(0.35, 0.7);
  call.lowest_hz = 200;
  call.larynx.pitch_hz = Contour({{0, 0.9}, {1, 1.3}}).times(pitch_hz);
  call.larynx.breath = in_ratio(take, 2, 8);
  call.larynx.loudness = Contour({{0, 0}, {0.8, 1}, {1, 0}});
  call.formants = tube_formants(throat_cm, 5, 0.12);
  return utter(call, take);
}

/// "tchoo": a blast of air through teeth and nose, and the voice that is carried along.
Signal blast(Random& take, double pitch_hz, double throat_cm) {
  const double seconds = take.uniform(0.18, 0.5), hiss_hz = in_ratio(take, 2500, 5500);
  Signal air = white_noise(take, samples_in(seconds));
  band_pass(air, hiss_hz, 0.7);
  fade_ends(air, 0.008, 0.05);
  fade_away(air, 1.6 * seconds);
  set_peak(air, 1);
  Call call;
  call.seconds = seconds * 1.1;
  call.drive = 1.5;
  call.lowest_hz = 150;
  call.larynx.pitch_hz = Contour({{0, 1.9}, {0.3, 1.2}, {1, 0.7}}).times(pitch_hz);
  call.larynx.breath = 1.2;
  call.larynx.loudness = Contour({{0, 0}, {0.15, 1}, {1, 0}});
  call.formants = tube_formants(throat_cm, 5, 0.1);
  const Signal voice = utter(call, take);
  add_at(air, voice, 0.02, take.uniform(0.3, 1.6));
  return air;
}

}  // namespace

Signal sneezing(Random body, Random take, std::size_t count) {
  const double pitch_hz = in_ratio(body, 180, 420), throat_cm = in_ratio(body, 10.5, 15);
  Signal sound(count, 0.0);
  double at_s = take.uniform(0, 0.6);
  const int sneezes = take.integer(1, 2);
  for (int n = 0; n < sneezes; ++n) {
    const Signal in = inhale(take, pitch_hz, throat_cm);
    add_at(sound, in, at_s, in_ratio(take, 0.03, 0.2));
    at_s += seconds_of(in.size()) + take.uniform(0.0, 0.15);
    add_at(sound, blast(take, pitch_hz, throat_cm), at_s);
    at_s += take.uniform(0.7, 1.5);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
