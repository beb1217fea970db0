// SPDX-License-Identifier: Apache-2.0
#include "augmentation/pitch.h"
#include "support/errors.h"

namespace soundfold::augmentation {

std::string pitch_library() {
  throw UsageError(
      "augmentation.pitch_semitones needs SoundTouch, without which this was built; install libsoundtouch-dev and "
      "build again, or set it to 0");
}

std::vector<float> with_pitch(std::vector<float> /*waveform*/, double /*semitones*/, int /*sample_rate_hz*/) {
  pitch_library();
  return {};
}

}  // namespace soundfold::augmentation
