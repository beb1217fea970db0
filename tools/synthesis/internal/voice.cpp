// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/voice.h"

#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"

#include <algorithm>

namespace soundfold::synthesis {
namespace {

constexpr std::size_t kContourStep = 16;  // samples between readings of the contours: 1 ms
constexpr std::size_t kControlStep = 32;  // samples between two tunings of a formant: 2 ms
constexpr double kHighestFormantHz = 7500;
constexpr double kSpeedOfSoundCmPerS = 35'000;  // in warm, moist air

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
