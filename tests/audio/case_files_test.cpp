// SPDX-License-Identifier: Apache-2.0
// Files that ordinary software writes, as they lie in the folder `cases/audio` beside the mirror: 440 Hz, then 880 Hz,
// 2 s in all.
#include "audio/sound_files.h"
#include "audio/waveform.h"
#include "decoding/internal/ffmpeg_decoder.h"
#include "support/errors.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

using namespace soundfold;
namespace fs = std::filesystem;

namespace {

struct Case {
  const char* name;
  double padding_s;  ///< by which it may be longer: an encoder's delay and padding that the file does not state
  bool needs_ffmpeg;
};

// A frame of MP3 at 44.1 kHz lasts 0.026 s, of AAC 0.023 s. MP3 without a header of LAME's: two encodings, each with a
// delay of 1,105 samples and padding to whole frames.
const Case kCases[] = {
    {"aac_stream_2s.aac", 0.050, true},
    {"browser_recording_2s.webm", 0.001, true},
    {"chained_two_links_2s.ogg", 0.001, false},
    {"data_size_0_2s.wav", 0, false},
    {"flac_in_ogg_2s.oga", 0, true},
    {"left_is_minus_right_2s.wav", 0, false},
    {"loud_left_silent_right_2s.wav", 0, false},
    {"mono_then_stereo_2s.mp3", 0.105, false},
    {"mp3_inside_wav_2s.wav", 0.052, false},
    {"phone_recording_2s.m4a", 0.024, true},
    {"rate_44100_then_48000_2s.mp3", 0.105, false},
    {"video_with_sound_2s.mp4", 0.024, true},
    {"wavpack_2s.wv", 0, true},
    {"windows_recorder_2s.wma", 0.047, true},
};

/// 1 where the tone of `hz` is the one that is there, from second `from` to `to`.
double share_of_tone(const std::vector<float>& samples, double hz, double from, double to) {
  const std::vector<float> part(samples.begin() + std::lround(from * 16'000),
                                samples.begin() + std::lround(to * 16'000));
  double energy = 0;
  for (const float sample : part) energy += static_cast<double>(sample) * static_cast<double>(sample);
  const double level = testing::tone_level(part, hz);
  return level * level / 2 / (energy / static_cast<double>(part.size()));
}

}  // namespace

TEST_CASE("files of ordinary software are read whole, or refused by name without FFmpeg", "[audio][assets]") {
  const fs::path folder = testing::assets_folder() / "../cases/audio";
  if (!fs::exists(folder)) {
    WARN("no folder " << folder << "; nothing tested");
    return;
  }
  for (const Case& file : kCases) {
    CAPTURE(file.name);
    if (file.needs_ffmpeg && !decoding::ffmpeg_is_available()) {
      CHECK_THROWS_WITH(audio::load_waveform(folder / file.name), Catch::Contains("this build has no FFmpeg"));
      continue;
    }
    const bool cancelling = std::string(file.name).find("left_is_minus_right") == 0;
    const audio::DecodeOptions options{cancelling ? audio::Channels::left : audio::Channels::mean};
    const auto samples = audio::load_waveform(folder / file.name, options);
    std::vector<float> joined;
    audio::stream_waveform(
        folder / file.name,
        [&](const float* block, std::size_t count) { joined.insert(joined.end(), block, block + count); }, options);
    CHECK(joined == samples);
    const double seconds = static_cast<double>(samples.size()) / 16'000;
    CHECK(seconds >= 1.995);  // WMA's decoder lacks the first samples
    CHECK(seconds <= 2.0 + file.padding_s + 0.0001);
    CHECK(share_of_tone(samples, 440, 0.1, 0.9) > 0.99);
    CHECK(share_of_tone(samples, 880, 1.15, 1.9) > 0.99);
  }
}

TEST_CASE("stereo files of ordinary software: cancelling and silent channels", "[audio][assets]") {
  const fs::path folder = testing::assets_folder() / "../cases/audio";
  if (!fs::exists(folder)) {
    WARN("no folder " << folder << "; nothing tested");
    return;
  }
  audio::DecodeReport report;
  audio::load_waveform(folder / "left_is_minus_right_2s.wav", {}, &report);
  CHECK(report.channels_cancel());
  const auto level = [&](audio::Channels channels) {
    const auto samples = audio::load_waveform(folder / "loud_left_silent_right_2s.wav", {channels}, &report);
    CHECK_FALSE(report.channels_cancel());
    return testing::tone_level({samples.begin() + 1'600, samples.begin() + 14'400}, 440);
  };
  CHECK(level(audio::Channels::mean) == Approx(0.25).margin(1e-3));
  CHECK(level(audio::Channels::left) == Approx(0.5).margin(1e-3));
  CHECK(level(audio::Channels::right) == 0);
  CHECK(level(audio::Channels::loudest) == Approx(0.5).margin(1e-3));
}
