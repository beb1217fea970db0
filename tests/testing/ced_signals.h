// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "frontend/signals.h"
#include "testing/testing.h"

#include <string>
#include <vector>

namespace soundfold::testing {

/// The seven signals of which there are references of CED.
inline std::vector<std::string> ced_signal_names() {
  return {"miaow_16k",     "speech_whistling2",        "silence_3s",
          "sine_440hz_3s", "white_noise_seed51773_3s", "miaow_then_whistle_12s",
          "ramp_15999"};
}

/// One of them, at 16 kHz.
inline std::vector<float> ced_signal(const std::string& name) {
  const auto recording = [](const std::string& file) {
    return audio::load_waveform(assets_folder() / "audio" / (file + ".wav"));
  };
  if (name == "silence_3s") return std::vector<float>(48'000, 0.0F);
  if (name == "sine_440hz_3s") return sine(48'000, 440);
  if (name == "white_noise_seed51773_3s") return uniform_noise(48'000, 51'773);
  if (name == "ramp_15999") {
    std::vector<float> ramp;
    for (int k = 1; k <= 15'999; ++k) ramp.push_back(static_cast<float>(k / 10'000.0));
    return ramp;
  }
  if (name != "miaow_then_whistle_12s") return recording(name);
  auto both = recording("miaow_16k");
  const auto whistle = recording("speech_whistling2");
  both.insert(both.end(), whistle.begin(), whistle.end());
  both.resize(192'000, 0.0F);
  return both;
}

}  // namespace soundfold::testing
