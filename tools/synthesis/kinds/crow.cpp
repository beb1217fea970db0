// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {

Signal crow(Random body, Random take, std::size_t count) {
  const double pitch_hz = in_ratio(body, 280, 560), throat_cm = in_ratio(body, 6, 10),
               caw_s = in_ratio(body, 0.2, 0.45);
  const double pause_s = in_ratio(body, 0.15, 0.6);
  Signal sound(count, 0.0);
  double at_s = take.uniform(0, 0.5);
  int left = take.integer(2, 5);
  while (at_s < seconds_of(count) - 0.1) {
    Call call;
    call.seconds = caw_s * in_ratio(take, 0.85, 1.18);
    call.drive = in_ratio(take, 1, 4);
    call.lowest_hz = 350;
    call.larynx.pitch_hz = Contour({{0, 0.8}, {0.25, 1}, {1, 0.75}}).times(pitch_hz);
    call.larynx.loudness = Contour({{0, 0}, {0.1, 1}, {0.7, 0.8}, {1, 0}});
    call.larynx.breath = take.uniform(0.4, 1.2);
    call.larynx.jitter = take.uniform(0.03, 0.09);
    call.larynx.shimmer = 0.3;
    call.larynx.roughness = take.uniform(0.2, 0.7);
    call.formants = tube_formants(throat_cm, 4, 0.12);
    move_formant(call.formants, 0, Contour({{0, 0.9}, {0.3, 1.3}, {1, 1}}));
    add_at(sound, utter(call, take), at_s);
    at_s += call.seconds + pause_s * in_ratio(take, 0.8, 1.25);
    if (--left > 0) continue;
    left = take.integer(2, 5);
    at_s += take.uniform(0.2, 1.2);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
