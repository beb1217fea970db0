// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace soundfold::synthesis {

/// The rate of every synthesised sound in Hz: that of every waveform inside Soundfold, so that nothing is resampled on
/// the way to the network.
inline constexpr int kRateHz = 16'000;

/// Samples at kRateHz, of any level.
using Signal = std::vector<double>;

/// The number of samples nearest to `seconds` (at least 0).
std::size_t samples_in(double seconds);

/// The duration of `count` samples.
inline double seconds_of(std::size_t count) {
  return static_cast<double>(count) / kRateHz;
}

/// Adds `event` times `gain` from `at_s` on; what lies outside of `signal` is left out.
void add_at(Signal& signal, const Signal& event, double at_s, double gain = 1);

/// Every sample times `gain`.
void scale(Signal& signal, double gain);

/// Scales so that the largest magnitude is `peak`. Silence stays.
void set_peak(Signal& signal, double peak);

/// The root of the mean square; 0 for no samples.
double root_mean_square(const Signal& signal);

/// The largest root of the mean square of any 50 ms: how loud the sound is where it sounds.
double loudest_level(const Signal& signal);

/// Fades in and out with half a cosine, so that the ends do not click.
void fade_ends(Signal& signal, double fade_in_s, double fade_out_s);

/// Every sample times the one of `envelope` at the same place; the envelope is at least as long.
void shape(Signal& signal, const Signal& envelope);

/// Lets the signal die away by 60 dB in `seconds`, from its start.
void fade_away(Signal& signal, double seconds);

/// Bends large values towards +-1 (x / sqrt(1 + x^2)) after times `drive`: the rasp of an overblown voice or engine.
void overdrive(Signal& signal, double drive);

}  // namespace soundfold::synthesis
