// SPDX-License-Identifier: Apache-2.0
#include "synthesis/call.h"

#include "synthesis/filters.h"

namespace soundfold::synthesis {

Signal utter(const Call& call, Random& random) {
  Signal sound = phonate(call.larynx, random, call.seconds);
  overdrive(sound, call.drive);
  pass_vocal_tract(sound, call.formants);
  high_pass(sound, call.lowest_hz);
  fade_ends(sound, call.fade_in_s, call.fade_out_s);
  set_peak(sound, 1);
  return sound;
}

void move_formant(std::vector<Formant>& formants, std::size_t n, const Contour& factor) {
  if (n < formants.size()) formants[n].hz = factor.times(formants[n].hz(0));
}

}  // namespace soundfold::synthesis
