// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "listening/sound_source.h"

#include <memory>
#include <string>
#include <vector>

namespace soundfold::microphone {

/// A device of ALSA that records.
struct Device {
  std::string name;         ///< for microphone_source: "default", "hw:CARD=Mic,DEV=0"
  std::string description;  ///< one line; may be empty
};

/// The devices that ALSA lists for recording, without its converters, and without those that belong to no card and
/// cannot be opened. The configuration of ALSA may define more.
std::vector<Device> microphones();

/// A line for each of them: name, tab, description. Throws DataError when there is none.
std::string microphone_lines();

/// Records from `device`, a name as ALSA knows it. One channel where the device can give it, else the nearest number;
/// the device's own rate nearest to `wanted_hz`, not below it where there is a choice, because ALSA's own conversion of
/// rates may be no more than linear interpolation. read() gives at most 20 ms, and notices a stop request within 0.2 s.
/// Sound that is lost because nobody read it in time is warned of, once a minute at most. Throws DataError naming the
/// device when it cannot be opened, and read() does when it fails or is unplugged.
std::unique_ptr<listening::SoundSource> microphone_source(const std::string& device, int wanted_hz);

}  // namespace soundfold::microphone
