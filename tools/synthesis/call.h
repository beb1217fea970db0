// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "synthesis/larynx.h"
#include "synthesis/vocal_tract.h"

#include <vector>

namespace soundfold::synthesis {

/// One call of an animal or a person: a larynx that sounds through a vocal tract.
struct Call {
  double seconds = 0.5;
  Larynx larynx;
  double drive = 0.3;  ///< How far the pulses are overblown before the tract; above 1 is a scream.
  std::vector<Formant> formants;
  double lowest_hz = 80;  ///< Below this nothing is radiated.
  double fade_in_s = 0.01, fade_out_s = 0.03;
};

/// The call with a peak of 1.
Signal utter(const Call& call, Random& random);

/// Multiplies the n-th formant (from 0), if there is one, by a contour.
void move_formant(std::vector<Formant>& formants, std::size_t n, const Contour& factor);

}  // namespace soundfold::synthesis
