// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// Changes of mono waveforms of any rate: waveform in, waveform out, nothing random. None clips its result to [-1, 1].
namespace soundfold::augmentation {

/// The mean of the squared samples; 0 of none.
double mean_square(const std::vector<float>& samples);

/// Every sample times 10^(gain_db / 20). The length stays.
std::vector<float> with_gain(std::vector<float> waveform, double gain_db);

/// Shifted circularly in time: no sound is lost and no silence added. Positive: later. The length stays.
std::vector<float> circular_shift(std::vector<float> waveform, std::int64_t samples);

/// Played `factor` times as fast (above 0), with the pitch changed by the same factor: resampled by soxr HQ. n samples
/// become round(n / factor), at least one. 1 changes nothing. Throws DataError when soxr fails.
std::vector<float> with_speed(std::vector<float> waveform, double factor);

/// Adds `noise` from sample `offset` on, repeated as needed, scaled so that the clip's mean square over that of what is
/// added is 10^(snr_db / 10). Nothing is added when either is all zeros, or there is no noise. The length stays.
std::vector<float> with_noise(std::vector<float> waveform, const std::vector<float>& noise, std::size_t offset,
                              double snr_db);

/// `length` samples from `start` on become zero, as far as there are any. The length stays.
std::vector<float> with_gap(std::vector<float> waveform, std::size_t start, std::size_t length);

/// `samples` samples: a longer waveform is cut at its end, a shorter one is repeated from its start; silence when it
/// is empty.
std::vector<float> fitted(std::vector<float> waveform, std::size_t samples);

}  // namespace soundfold::augmentation
