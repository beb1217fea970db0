// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace soundfold::augmentation {

/// What changes the pitch, for keys of stored variants: "SoundTouch 2.3.2". Throws UsageError, which says what to
/// install, when Soundfold was built without it.
std::string pitch_library();

/// The pitch times 2^(semitones / 12), the speed as it was: SoundTouch's overlap-add stretches the waveform in time by
/// the nearest matching segments, and its resampler brings it back. The length stays: what SoundTouch makes more is
/// cut, what it makes less is zeros at the end. 0 changes nothing. `sample_rate_hz`: 8,000 to 192,000. Throws as
/// pitch_library does.
std::vector<float> with_pitch(std::vector<float> waveform, double semitones, int sample_rate_hz);

}  // namespace soundfold::augmentation
