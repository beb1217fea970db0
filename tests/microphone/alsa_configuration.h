// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/testing.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::testing {

/// A configuration of ALSA in a folder of its own, with devices that need no hardware. Programs use it by
/// environment().
class AlsaConfiguration {
 public:
  /// `devices`: definitions such as "pcm.mine { type null }". The type "scripted" is scripted_device.cpp's.
  explicit AlsaConfiguration(const std::string& devices);

  std::vector<std::string> environment() const { return {"ALSA_CONFIG_PATH=" + file().string()}; }
  std::filesystem::path file() const { return folder_ / "asound.conf"; }

 private:
  TempFolder folder_;
};

/// The definition of a device that records `file`'s raw samples as fast as they are read, then the last block for ever.
/// `more`: lines such as a hint.
std::string file_device(const std::string& name, const std::filesystem::path& file, const std::string& more = "");

}  // namespace soundfold::testing
