// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/contour.h"
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/modes.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

#include <array>
#include <vector>

namespace soundfold::synthesis::kinds {
namespace {

/// Notes of a pentatonic scale in half tones: whatever follows whatever, it fits.
constexpr std::array<int, 8> kScale = {0, 2, 4, 7, 9, 12, 14, 16};

/// An instrument is either struck (strings, bars) or sustained (reeds, bowed strings).
struct Instrument {
  bool struck;
  double brightness, stiffness, decay_s, attack_s;
};

Signal note(const Instrument& instrument, Random& take, double hz, double seconds) {
  if (instrument.struck) {
    std::vector<Mode> modes;
    double level = 1;
    for (int n = 1; n <= 16; ++n) {
      modes.push_back({hz * n * (1 + instrument.stiffness * n * n), level, instrument.decay_s / (1 + 0.3 * n)});
      level *= instrument.brightness;
    }
    return strike(modes, instrument.decay_s);
  }
  Larynx reed;
  reed.pitch_hz = hz;
  reed.loudness = Contour({{0, 0}, {instrument.attack_s / seconds, 1}, {0.85, 0.8}, {1, 0}});
  reed.breath = 0.02;
  reed.jitter = 0.002;
  reed.vibrato_hz = 5.5;
  reed.vibrato_depth = 0.006;
  Signal tone = phonate(reed, take, seconds);
  low_pass(tone, hz * (1 + 8 * instrument.brightness));
  return tone;
}

}  // namespace

Signal music(Random body, Random take, std::size_t count) {
  Instrument instrument{};
  instrument.struck = body.chance(0.6);
  instrument.brightness = body.uniform(0.3, 0.85);
  instrument.stiffness = body.chance(0.3) ? in_ratio(body, 0.001, 0.05) : 0.0001;
  instrument.decay_s = in_ratio(body, 0.4, 3);
  instrument.attack_s = in_ratio(body, 0.01, 0.1);
  const double key_hz = in_ratio(body, 110, 500), beat_s = in_ratio(body, 0.15, 0.6);
  const int voices = body.integer(1, 3);
  Signal sound(count, 0.0);
  for (double at_s = 0; at_s < seconds_of(count); at_s += beat_s) {
    for (int n = 0; n < voices; ++n) {
      if (take.chance(0.35)) continue;
      const double hz = key_hz * power_of_two(kScale[static_cast<std::size_t>(take.integer(0, 7))] / 12.0);
      const double seconds = beat_s * take.integer(1, 3);
      const Signal one = note(instrument, take, hz, seconds);
      add_at(sound, one, at_s, take.uniform(0.4, 1));
    }
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
