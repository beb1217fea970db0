// SPDX-License-Identifier: Apache-2.0
#include "synthesis/vocal_tract.h"

#include "synthesis/filters.h"

#include <algorithm>

namespace soundfold::synthesis {
namespace {

constexpr std::size_t kControlStep = 32;
constexpr double kHighestFormantHz = 7500;
constexpr double kSpeedOfSoundCmPerS = 35'000;  // in warm, moist air

}  // namespace

void pass_vocal_tract(Signal& voice, const std::vector<Formant>& formants) {
  for (const Formant& formant : formants) {
    Biquad filter;
    for (std::size_t i = 0; i < voice.size(); ++i) {
      if (i % kControlStep == 0) {
        const double hz = formant.hz(static_cast<double>(i) / static_cast<double>(voice.size()));
        filter.retune(Biquad::formant(std::min(hz, kHighestFormantHz), formant.bandwidth_hz));
      }
      voice[i] = filter(voice[i]);
    }
  }
}

std::vector<Formant> tube_formants(double length_cm, int count, double bandwidth) {
  std::vector<Formant> formants;
  for (int n = 1; n <= count; ++n) {
    const double hz = (2 * n - 1) * kSpeedOfSoundCmPerS / (4 * length_cm);
    if (hz < kHighestFormantHz) formants.push_back({hz, bandwidth * hz});
  }
  return formants;
}

}  // namespace soundfold::synthesis
