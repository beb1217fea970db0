// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_files.h"
#include "audio/waveform.h"
#include "support/errors.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("a disk failure while reading is an error, not the end of the sound", "[audio]") {
  const testing::TempFolder folder;
  const std::vector<std::pair<std::string, int>> formats = {
      {"a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},          {"a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
      {"vorbis.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},     {"opus.ogg", SF_FORMAT_OGG | SF_FORMAT_OPUS},
      {"a.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III}, {"a.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_24}};
  for (const auto& [name, format] : formats) {
    CAPTURE(name);
    const fs::path file = fs::canonical(folder.path()) / name;
    testing::write_sound(file, testing::tone(48'000 * 40, 440, 48'000), 1, 48'000, format);
    int closed = 0;
    std::string message;
    try {
      audio::stream_waveform(
          file, [&](const float*, std::size_t) { closed += closed == 0 ? testing::close_descriptors_of(file) : 0; });
    } catch (const DataError& error) {
      message = error.what();
    }
    CHECK(closed == 1);
    CHECK_THAT(message, Contains(name + ": cannot be read at byte ") && Contains("Bad file descriptor"));
  }
}
