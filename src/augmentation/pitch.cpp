// SPDX-License-Identifier: Apache-2.0
#include "augmentation/pitch.h"

#include <SoundTouch.h>

#include <algorithm>

namespace soundfold::augmentation {

static_assert(sizeof(soundtouch::SAMPLETYPE) == sizeof(float), "SoundTouch takes float samples");

std::string pitch_library() {
  return std::string("SoundTouch ") + soundtouch::SoundTouch::getVersionString();
}

std::vector<float> with_pitch(std::vector<float> waveform, double semitones, int sample_rate_hz) {
  if (semitones == 0 || waveform.empty()) return waveform;
  soundtouch::SoundTouch changer;
  changer.setSampleRate(static_cast<unsigned>(sample_rate_hz));
  changer.setChannels(1);
  changer.setPitchSemiTones(semitones);
  std::vector<float> result(waveform.size(), 0.0F);
  std::size_t made = 0;
  const auto receive = [&] {
    while (made < result.size()) {
      const auto got = changer.receiveSamples(result.data() + made, static_cast<unsigned>(result.size() - made));
      if (got == 0) return;
      made += got;
    }
  };
  constexpr std::size_t kBlock = 16384;
  for (std::size_t start = 0; start < waveform.size(); start += kBlock) {
    changer.putSamples(waveform.data() + start, static_cast<unsigned>(std::min(kBlock, waveform.size() - start)));
    receive();
  }
  changer.flush();
  receive();
  return result;
}

}  // namespace soundfold::augmentation
