// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_files.h"
#include "audio/waveform.h"
#include "support/errors.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using testing::tone;
using testing::tone_error;
using testing::write_sound;

namespace {

struct Format {
  const char* name;
  int code;
  double tolerance;    ///< of a tone of amplitude 0.5
  std::size_t margin;  ///< samples at both ends that lossy codecs may get wrong
};

// Integer widths are wrong by at most half a step, plus one in 32,768 for scaling; lossy codecs by what they are.
const Format kFormats[] = {
    {"WAV u8", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 1.1e-2, 0},
    {"WAV 16", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 5e-5, 0},
    {"WAV 24", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 2e-7, 0},
    {"WAV 32", SF_FORMAT_WAV | SF_FORMAT_PCM_32, 6e-8, 0},
    {"WAV float", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 6e-8, 0},
    {"WAV double", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 6e-8, 0},
    {"WAV mu-law", SF_FORMAT_WAV | SF_FORMAT_ULAW, 2e-2, 0},
    {"WAV ADPCM", SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, 3e-2, 0},
    {"WAVEX 24", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 2e-7, 0},
    {"RF64 16", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 5e-5, 0},
    {"W64 16", SF_FORMAT_W64 | SF_FORMAT_PCM_16, 5e-5, 0},
    {"AIFF 16", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 5e-5, 0},
    {"AIFF float", SF_FORMAT_AIFF | SF_FORMAT_FLOAT, 6e-8, 0},
    {"AU 16", SF_FORMAT_AU | SF_FORMAT_PCM_16, 5e-5, 0},
    {"CAF 24", SF_FORMAT_CAF | SF_FORMAT_PCM_24, 2e-7, 0},
    {"FLAC 8", SF_FORMAT_FLAC | SF_FORMAT_PCM_S8, 1.1e-2, 0},
    {"FLAC 16", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 5e-5, 0},
    {"FLAC 24", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 2e-7, 0},
    {"Ogg Vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 3e-2, 1'000},
    {"Ogg Opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 5e-2, 1'000},
    {"MP3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 3e-2, 1'500},
};

}  // namespace

TEST_CASE("every format and width gives the samples written", "[audio]") {
  const testing::TempFolder folder;
  for (const Format& format : kFormats) {
    CAPTURE(format.name);
    const auto path = folder / "tone";  // no extension: the format is detected from the content alone
    write_sound(path, tone(16'000, 440, 16'000), 1, 16'000, format.code);
    const std::vector<float> samples = audio::load_waveform(path);
    CHECK(std::abs(static_cast<double>(samples.size()) - 16'000) <= (format.code & SF_FORMAT_IMA_ADPCM ? 1'100 : 1));
    CHECK(tone_error(samples, 440, 0.5, std::max<std::size_t>(format.margin, samples.size() - 16'000)) <=
          format.tolerance);
  }
}

TEST_CASE("channels are averaged, whatever their number", "[audio]") {
  const testing::TempFolder folder;
  for (const int channels : {1, 2, 3, 6, 8, 64}) {
    std::vector<double> gains(static_cast<std::size_t>(channels));
    double mean = 0;
    for (std::size_t c = 0; c < gains.size(); ++c) mean += gains[c] = 1.0 / static_cast<double>(c + 1);
    mean /= channels;
    write_sound(folder / "a.wav", tone(70'000, 440, 16'000, gains), channels, 16'000, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    const std::vector<float> samples = audio::load_waveform(folder / "a.wav");
    CAPTURE(channels);
    CHECK(samples.size() == 70'000);
    CHECK(tone_error(samples, 440, 0.5 * mean, 0) < 1e-7);
  }
}

TEST_CASE("opposite channels cancel and a silent one halves", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.wav", tone(1'000, 440, 16'000, {1, -1}), 2, 16'000, SF_FORMAT_WAV | SF_FORMAT_PCM_24);
  const std::vector<float> cancelled = audio::load_waveform(folder / "a.wav");
  CHECK(std::all_of(cancelled.begin(), cancelled.end(), [](float x) { return std::abs(x) < 2e-7f; }));
  write_sound(folder / "b.wav", tone(1'000, 440, 16'000, {1, 0}), 2, 16'000, SF_FORMAT_WAV | SF_FORMAT_PCM_24);
  CHECK(tone_error(audio::load_waveform(folder / "b.wav"), 440, 0.25, 0) < 2e-7);
}

TEST_CASE("float files keep values beyond full scale", "[audio]") {
  const testing::TempFolder folder;
  const std::vector<float> loud = {0.0f, 1.5f, -3.25f, 100.0f, 1e-20f};
  for (const int width : {SF_FORMAT_FLOAT, SF_FORMAT_DOUBLE}) {
    write_sound(folder / "a.wav", loud, 1, 16'000, SF_FORMAT_WAV | width);
    CHECK(audio::load_waveform(folder / "a.wav") == loud);
  }
}

TEST_CASE("integers are scaled by 32768, as YAMNet's own demo does", "[audio]") {
  const testing::TempFolder folder;
  audio::write_wav(folder / "a.wav", {-1.0f, 0.5f, 1.0f / 32'768.0f, 2.0f, -7.0f, 1e30f}, 16'000);
  CHECK(audio::load_waveform(folder / "a.wav") ==
        std::vector<float>{-1.0f, 0.5f, 1.0f / 32'768.0f, 32'767.0f / 32'768.0f, -1.0f, 32'767.0f / 32'768.0f});
}

TEST_CASE("probing reads the header only", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.flac", tone(1'000, 440, 48'000, {1, 1}), 2, 48'000, SF_FORMAT_FLAC | SF_FORMAT_PCM_24);
  const decoding::SoundInfo info = audio::probe(folder / "a.flac");
  CHECK(info.sample_rate_hz == 48'000);
  CHECK(info.channels == 2);
  CHECK(info.frames == 1'000);
  CHECK_THAT(info.format, Catch::Contains("FLAC") && Catch::Contains("24 bit"));
}

TEST_CASE("writing needs a rate and a place", "[audio]") {
  const testing::TempFolder folder;
  CHECK_THROWS_AS(audio::write_wav(folder / "a.wav", {0.0f}, 0), UsageError);
  testing::write_bytes(folder / "file", "not a folder");
  CHECK_THROWS_AS(audio::write_wav(folder / "file/a.wav", {0.0f}, 16'000), DataError);
}
