// SPDX-License-Identifier: Apache-2.0
#include "microphone/alsa_configuration.h"

#include "support/files.h"

namespace soundfold::testing {

AlsaConfiguration::AlsaConfiguration(const std::string& devices) {
  const auto plugin = build_folder() / "tests/microphone/libtests_microphone_device.so";
  write_file_atomically(
      file(), "</usr/share/alsa/alsa.conf>\npcm_type.scripted { lib \"" + plugin.string() + "\" }\n" + devices + "\n");
}

std::string file_device(const std::string& name, const std::filesystem::path& file, const std::string& more) {
  return "pcm." + name + " { type file slave.pcm null file /dev/null infile \"" + file.string() + "\" format raw " +
         more + " }\n";
}

}  // namespace soundfold::testing
