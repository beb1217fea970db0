// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {

Signal cow(Random body, Random take, std::size_t count) {
  const double pitch_hz = in_ratio(body, 110, 240), throat_cm = in_ratio(body, 21, 40),
               moo_s = in_ratio(body, 0.9, 2.2);
  const double hoarseness = body.uniform();
  Signal sound(count, 0.0);
  double at_s = take.uniform(0, 0.8);
  while (at_s < seconds_of(count) - 0.4) {
    const double top = take.uniform(0.3, 0.7), start = take.uniform(0.6, 0.9), end = take.uniform(0.6, 0.95);
    const double open = take.uniform(1.0, 1.7), tongue = take.uniform(1.0, 1.35);
    Call call;
    call.seconds = moo_s * in_ratio(take, 0.8, 1.25);
    call.drive = in_ratio(take, 0.3, 1.5);
    call.lowest_hz = 60;
    call.fade_in_s = call.fade_out_s = 0.1;
    call.larynx.pitch_hz = Contour({{0, start}, {top, 1}, {1, end}}).times(pitch_hz);
    call.larynx.loudness = Contour({{0, 0}, {0.2, 0.6}, {top, 1}, {0.85, 0.8}, {1, 0}});
    call.larynx.breath = 0.05 + 0.3 * hoarseness;
    call.larynx.jitter = 0.01 + 0.03 * hoarseness;
    call.larynx.shimmer = 0.05 + 0.2 * hoarseness;
    call.larynx.roughness = 0.4 * hoarseness;
    call.formants = tube_formants(throat_cm, 6, 0.12);
    // From the closed lips of m to an open oo.
    move_formant(call.formants, 0, Contour({{0, 0.7}, {0.25, 0.8}, {top, open}, {1, 0.9}}));
    move_formant(call.formants, 1, tongue);
    add_at(sound, utter(call, take), at_s);
    at_s += call.seconds + take.uniform(0.5, 2.5);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
