// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// The short breath in between two cries.
Signal gasp(Random& take, double throat_cm) {
  Call call;
  call.seconds = take.uniform(0.12, 0.25);
  call.lowest_hz = 500;
  call.larynx.pitch_hz = take.uniform(500, 800);
  call.larynx.breath = 3;
  call.larynx.loudness = Contour({{0, 0}, {0.6, 1}, {1, 0}});
  call.formants = tube_formants(throat_cm, 4, 0.15);
  return utter(call, take);
}

}  // namespace

Signal crying_baby(Random body, Random take, std::size_t count) {
  const double pitch_hz = in_ratio(body, 330, 560), throat_cm = in_ratio(body, 6.5, 9.3),
               cry_s = in_ratio(body, 0.65, 1.5);
  const double distress = body.uniform();
  Signal sound(count, 0.0);
  double at_s = take.uniform(-0.4, 0.4);
  while (at_s < seconds_of(count)) {
    const double p = pitch_hz * in_ratio(take, 0.9, 1.15), top = take.uniform(0.15, 0.5);
    Call call;
    call.seconds = cry_s * in_ratio(take, 0.7, 1.4);
    call.drive = 0.3 + 2 * distress * take.uniform();
    call.lowest_hz = 250;
    call.fade_in_s = 0.03;
    call.fade_out_s = 0.06;
    call.larynx.pitch_hz = Contour({{0, 0.8}, {top, 1}, {0.8, 0.93}, {1, 0.75}}).times(p);
    call.larynx.loudness = Contour({{0, 0}, {0.15, 0.9}, {top, 1}, {0.8, 0.8}, {1, 0}});
    call.larynx.breath = 0.05 + 0.3 * distress;
    call.larynx.jitter = 0.005 + 0.03 * distress;
    call.larynx.shimmer = 0.05 + 0.2 * distress;
    call.larynx.roughness = distress > 0.6 ? take.uniform(0, 0.6) : 0;
    call.larynx.vibrato_hz = take.uniform(4, 9);
    call.larynx.vibrato_depth = take.uniform(0.015, 0.05);
    call.formants = tube_formants(throat_cm, 4, 0.08);
    const double open = take.uniform(0.85, 1.4), tongue = take.uniform(0.8, 1.1);
    move_formant(call.formants, 0, Contour({{0, 0.6}, {0.2, open}, {0.8, open}, {1, 0.7}}));
    move_formant(call.formants, 1, tongue);
    add_at(sound, utter(call, take), at_s);
    at_s += call.seconds + 0.05;
    if (take.chance(0.6)) add_at(sound, gasp(take, throat_cm), at_s, 0.15);
    at_s += take.uniform(0.2, 0.6);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
