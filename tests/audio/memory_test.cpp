// SPDX-License-Identifier: Apache-2.0
// Sounds whose bytes are in memory give what they give as files.
#include "audio/in_memory.h"
#include "audio/sound_files.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

using namespace soundfold;

namespace {

std::vector<float> decoded_in_memory(const std::string& bytes, const audio::DecodeOptions& options = {}) {
  std::vector<float> samples;
  const auto count = audio::stream_waveform_of(
      bytes, "upload", [&](const float* block, std::size_t n) { samples.insert(samples.end(), block, block + n); },
      options);
  CHECK(count == static_cast<std::int64_t>(samples.size()));
  return samples;
}

}  // namespace

TEST_CASE("bytes in memory give the samples of the file", "[audio]") {
  const testing::TempFolder folder;
  const auto stereo = testing::tone(88'200, 440, 44'100, {0.3, 1.0});
  const std::vector<std::pair<std::string, int>> formats = {
      {"a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},   {"a.w64", SF_FORMAT_W64 | SF_FORMAT_PCM_24},
      {"a.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16}, {"a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
      {"a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},   {"f.wav", testing::kFloatWav},
      {"a.rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16}, {"a.au", SF_FORMAT_AU | SF_FORMAT_PCM_16},
  };
  for (const auto& [name, format] : formats) {
    testing::write_sound(folder / name, stereo, 2, 44'100, format);
    const auto bytes = read_file(folder / name);
    for (const auto channels : {audio::Channels::mean, audio::Channels::right, audio::Channels::loudest}) {
      INFO(name << " " << name_of(channels));
      audio::DecodeOptions options;
      options.channels = channels;
      CHECK(decoded_in_memory(bytes, options) == audio::load_waveform(folder / name, options));
    }
  }
}

TEST_CASE("files of ordinary software give the same in memory", "[audio][assets]") {
  int read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(testing::assets_folder() / "../cases/audio")) {
    INFO(entry.path().filename().string());
    std::vector<float> of_file;
    try {
      of_file = audio::load_waveform(entry.path());
    } catch (const DataError&) {
      continue;  // without FFmpeg
    }
    CHECK(decoded_in_memory(read_file(entry.path())) == of_file);
    ++read;
  }
  CHECK(read >= 7);
}

TEST_CASE("what is wrong with bytes in memory is said as of a file, by the name given", "[audio]") {
  const testing::TempFolder folder;
  testing::write_sound(folder / "a.wav", testing::tone(16'000, 440, 16'000), 1, 16'000,
                       SF_FORMAT_WAV | SF_FORMAT_PCM_16);
  const auto bytes = read_file(folder / "a.wav");
  CHECK_THROWS_WITH(decoded_in_memory(""), Catch::StartsWith("upload: "));
  CHECK_THROWS_WITH(decoded_in_memory("this is no sound"), Catch::StartsWith("upload: "));
  CHECK_THROWS_WITH(decoded_in_memory(bytes.substr(0, 9'000)), Catch::StartsWith("upload: "));
  for (const auto channels : {audio::Channels::mean, audio::Channels::loudest}) {
    audio::DecodeOptions options;
    options.max_seconds = 0.5;
    options.channels = channels;
    CHECK_THROWS_AS(decoded_in_memory(bytes, options), audio::TooLong);
    CHECK_THROWS_WITH(decoded_in_memory(bytes, options), "upload: longer than the 0.5 s allowed");
  }
}
