// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report/sound_data.h"

#include <functional>
#include <string>
#include <vector>

namespace soundfold::report {

/// A clip to hear and see: its name, a line about it, player, waveform and log-mel of its first 20 s.
struct SoundCard {
  std::string name, file;
  std::string line;  ///< HTML
  /// Its 16 kHz mono samples; DataError: the message takes the place of sound and picture. Not set: without them.
  std::function<std::vector<float>()> sound;
  std::string fragment = {};  ///< "#t=1.000,2.500" of a stretch of the file
};

/// As an <article>.
std::string sound_card(const SoundCard& card, ReportAudio audio);

/// Cards side by side.
std::string sound_cards(const std::vector<SoundCard>& cards, ReportAudio audio);

}  // namespace soundfold::report
