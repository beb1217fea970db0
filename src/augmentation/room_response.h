// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace soundfold::augmentation {

/// A made-up room's impulse response: the direct sound, then noise that decays exponentially. Measured responses of
/// halls look like this (J. A. Moorer, "About this reverberation business", Computer Music Journal 3(2), 1979).
///   h[0] = 1,  h[n] = g w[n] 10^(-3 n / (rt60_s * rate)),  1 <= n < rt60_s * rate
/// w is noise (Random::bell of `seed`); after rt60_s, when the sound has fallen by 60 dB, it ends. g makes
/// the energy of the direct sound that of the noise times 10^(direct_to_reverberant_db / 10).
std::vector<float> decaying_noise(double rt60_s, double direct_to_reverberant_db, int sample_rate_hz,
                                  std::uint64_t seed);

/// A measured response from 1 ms before its largest absolute sample on, at most 10 s of it: the sound's way to the
/// microphone would otherwise move it in time. Empty for one of zeros only.
std::vector<float> from_direct_sound(const std::vector<float>& response, int sample_rate_hz);

/// The waveform as it sounds in the room: its convolution with `response`, as long as it was, with the mean square that
/// it had. An empty response changes nothing.
std::vector<float> in_room(std::vector<float> waveform, const std::vector<float>& response);

}  // namespace soundfold::augmentation
