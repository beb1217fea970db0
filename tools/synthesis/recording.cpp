// SPDX-License-Identifier: Apache-2.0
#include "synthesis/recording.h"

#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"

#include <algorithm>
#include <cmath>

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

/// Noise of a place: air, traffic far away, a recorder's hiss.
Signal background(Random& place, Random& take, std::size_t count) {
  const double slope = place.uniform(-6, -2);
  Signal noise = coloured_noise(take, count, slope);
  if (place.chance(0.5)) high_pass(noise, in_ratio(place, 40, 200));
  if (place.chance(0.2)) {
    const double mains_hz = place.chance(0.5) ? 50 : 60;
    const double hum = in_ratio(place, 0.1, 1);
    for (std::size_t i = 0; i < count; ++i) {
      const double turns = mains_hz * static_cast<double>(i) / kRateHz;
      noise[i] += hum * (sine(turns) + 0.5 * sine(2 * turns) + 0.3 * sine(3 * turns));
    }
  }
  const double level = root_mean_square(noise);
  if (level > 0) scale(noise, 1 / level);
  return noise;
}

/// The last sample that is louder than a thousandth of the peak.
std::size_t end_of_sound(const Signal& sound) {
  double peak = 0;
  for (const double x : sound) peak = std::max(peak, std::fabs(x));
  std::size_t end = sound.size();
  while (end > 0 && std::fabs(sound[end - 1]) <= peak * 1e-3) --end;
  return end;
}

/// Cuts the recording off after the last event, with a short fade, and fills up with zeros.
void end_early(Signal& sound, std::size_t end) {
  const std::size_t fade = samples_in(0.02);
  for (std::size_t i = end; i < sound.size(); ++i) {
    sound[i] *= i - end < fade ? 1 - static_cast<double>(i - end) / static_cast<double>(fade) : 0;
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

Signal record(Signal sound, const RecordingStyle& style, Random place, Random take) {
  const std::size_t end = end_of_sound(sound);
  const double level = loudest_level(sound);
  if (place.chance(0.75) && style.largest_share > 0) {
    Room room = any_room(place);
    room.share *= style.largest_share;
    reverberate(sound, room);
  }
  const double snr_db = place.uniform(style.lowest_snr_db, 60) + take.uniform(-3, 3);
  add_at(sound, background(place, take, sound.size()), 0, level * amplitude_of(-snr_db));
  if (place.chance(0.5)) high_pass(sound, in_ratio(place, 30, 150));
  if (place.chance(0.3)) low_pass(sound, in_ratio(place, 4000, 7500));
  if (style.may_end_early && place.chance(0.4)) end_early(sound, std::min(sound.size(), end + samples_in(0.1)));
  set_peak(sound, amplitude_of(take.uniform(-20, -1)));
  return sound;
}

}  // namespace soundfold::synthesis
