// SPDX-License-Identifier: Apache-2.0
#include "synthesis/room.h"

#include "synthesis/exact_math.h"
#include "synthesis/filters.h"

#include <algorithm>

namespace soundfold::synthesis {
namespace {

constexpr double kSpeedOfSoundMPerS = 343;

/// y[i] = x[i - delay] + feedback * smoothed y[i - delay]
Signal comb(const Signal& input, std::size_t delay, double feedback, double bright_hz) {
  Signal output(input.size(), 0.0);
  Smoother wall(bright_hz);
  for (std::size_t i = delay; i < input.size(); ++i) {
    output[i] = input[i - delay] + feedback * wall(output[i - delay]);
  }
  return output;
}

/// Spreads clicks without colouring them.
void all_pass(Signal& signal, std::size_t delay, double gain) {
  Signal loop(signal.size(), 0.0);
  for (std::size_t i = 0; i < signal.size(); ++i) {
    const double past = i >= delay ? loop[i - delay] : 0;
    loop[i] = signal[i] + gain * past;
    signal[i] = past - gain * loop[i];
  }
}

}  // namespace

Room any_room(Random& random) {
  Room room;
  room.decay_s = in_ratio(random, 0.08, 1.2);
  room.share = in_ratio(random, 0.01, 0.35);
  room.bright_hz = in_ratio(random, 1500, 7000);
  room.size_m = in_ratio(random, 1.5, 12);
  return room;
}

void reverberate(Signal& signal, const Room& room) {
  Signal tail(signal.size(), 0.0);
  for (const double ratio : {1.0, 1.169, 1.307, 1.493}) {
    const double delay_s = ratio * room.size_m / kSpeedOfSoundMPerS;
    const auto delay = std::max<std::size_t>(1, samples_in(delay_s));
    const double feedback = std::min(0.97, amplitude_of(-60 * delay_s / room.decay_s));
    add_at(tail, comb(signal, delay, feedback, room.bright_hz), 0, 0.5);
  }
  all_pass(tail, 81, 0.7);
  all_pass(tail, 27, 0.7);
  const Signal direct = signal;
  double echo_gain = room.share;
  for (const double ratio : {0.61, 0.83, 1.27, 1.71}) {
    add_at(signal, direct, ratio * room.size_m / kSpeedOfSoundMPerS, echo_gain);
    echo_gain *= 0.7;
  }
  add_at(signal, tail, 0, room.share);
}

}  // namespace soundfold::synthesis
