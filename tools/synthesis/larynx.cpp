// SPDX-License-Identifier: Apache-2.0
#include "synthesis/larynx.h"

#include "synthesis/exact_math.h"

#include <algorithm>

namespace soundfold::synthesis {
namespace {

constexpr std::size_t kContourStep = 16;  // samples between readings of the contours: 1 ms

/// Takes the corner off a jump at phase 0, so that it does not alias: V. Välimäki and A. Huovilainen, "Antialiasing
/// oscillators in subtractive synthesis", 2007 (polynomial band-limited step).
double step_correction(double phase, double step) {
  if (phase < step) {
    const double t = phase / step;
    return t + t - t * t - 1;
  }
  if (phase > 1 - step) {
    const double t = (phase - 1) / step;
    return t * t + t + t + 1;
  }
  return 0;
}

/// What differs from one period to the next.
struct Period {
  double stretch = 1;
  double size = 1;
  bool weak = false;

  void renew(const Larynx& larynx, Random& random) {
    const double bend = random.bell();
    const double change = random.bell();
    weak = !weak;
    stretch = std::max(0.2, 1 + larynx.jitter * bend);
    size = std::max(0.0, 1 + larynx.shimmer * change) * (weak ? 1 - larynx.roughness : 1);
  }
};

}  // namespace

Signal phonate(const Larynx& larynx, Random& random, double seconds) {
  Signal voice(samples_in(seconds));
  Period period;
  double phase = random.uniform(), step = 0, loudness = 0, breath = 0;
  for (std::size_t i = 0; i < voice.size(); ++i) {
    if (i % kContourStep == 0) {
      const double at = static_cast<double>(i) / static_cast<double>(voice.size());
      const double waver =
          larynx.vibrato_depth * sine(larynx.vibrato_hz * static_cast<double>(i) / static_cast<double>(kRateHz));
      step = std::clamp(larynx.pitch_hz(at) * (1 + waver) / period.stretch / kRateHz, 1e-5, 0.45);
      loudness = larynx.loudness(at);
      breath = larynx.breath(at);
    }
    const double pulse = (1 - 2 * phase + step_correction(phase, step)) * period.size;
    const double hiss = breath * random.uniform(-1, 1) * (0.4 + 0.6 * phase);
    voice[i] = loudness * (pulse + hiss);
    phase += step;
    if (phase < 1) continue;
    phase -= 1;
    period.renew(larynx, random);
  }
  return voice;
}

}  // namespace soundfold::synthesis
