// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {

Signal sheep(Random body, Random take, std::size_t count) {
  const double pitch_hz = in_ratio(body, 160, 380), throat_cm = in_ratio(body, 9, 16),
               bleat_s = in_ratio(body, 0.5, 1.3);
  const double tremble_hz = body.uniform(8.5, 13), tremble = body.uniform(0.05, 0.16);
  Signal sound(count, 0.0);
  double at_s = take.uniform(0, 0.6);
  while (at_s < seconds_of(count) - 0.3) {
    const double open = take.uniform(1.2, 2.0), tongue = take.uniform(1.0, 1.35);
    Call call;
    call.seconds = bleat_s * in_ratio(take, 0.8, 1.25);
    call.drive = in_ratio(take, 0.5, 2);
    call.lowest_hz = 120;
    call.larynx.pitch_hz = Contour({{0, 0.9}, {0.3, 1}, {1, 0.85}}).times(pitch_hz * in_ratio(take, 0.93, 1.07));
    call.larynx.loudness = Contour({{0, 0}, {0.1, 1}, {0.6, 0.8}, {1, 0}});
    call.larynx.breath = take.uniform(0.1, 0.4);
    call.larynx.jitter = 0.02;
    call.larynx.shimmer = 0.15;
    call.larynx.vibrato_hz = tremble_hz;
    call.larynx.vibrato_depth = tremble;
    call.formants = tube_formants(throat_cm, 5, 0.1);
    move_formant(call.formants, 0, Contour({{0, 0.7}, {0.2, open}, {0.8, open}, {1, 0.8}}));
    move_formant(call.formants, 1, tongue);
    Signal bleat = utter(call, take);
    for (std::size_t i = 0; i < bleat.size(); ++i) {
      bleat[i] *= 0.65 + 0.35 * sine(tremble_hz * static_cast<double>(i) / kRateHz);
    }
    add_at(sound, bleat, at_s);
    at_s += call.seconds + take.uniform(0.3, 2);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
