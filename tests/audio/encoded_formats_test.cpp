// SPDX-License-Identifier: Apache-2.0
// Files that FFmpeg alone reads, made with FFmpeg's own encoders.
#include "audio/encoded_files.h"
#include "audio/sound_files.h"
#include "audio/waveform.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

using namespace soundfold;
using Catch::Contains;
using testing::tone;
using testing::tone_level;
using testing::write_bytes;
using testing::write_encoded;
namespace fs = std::filesystem;

namespace {

struct EncodedFormat {
  const char* name;
  const char* container;
  const char* encoder;
  int rate_hz;
  double tolerance_s;  ///< of the length: padding that the container does not state
  bool lossless;
  bool cut_is_noticed;  ///< wherever the file is truncated; else any number of its frames is a sound, as of MP3
};

const EncodedFormat kEncodedFormats[] = {
    {"AAC in M4A", "ipod", "aac", 44'100, 0.03, false, true},
    {"AAC in MP4", "mp4", "aac", 48'000, 0.03, false, true},
    {"ALAC in M4A", "ipod", "alac", 44'100, 0, true, true},
    {"Opus in WebM", "webm", "opus", 48'000, 0.03, false, true},
    {"FLAC in Matroska", "matroska", "flac", 44'100, 0, true, true},
    {"FLAC in Ogg", "ogg", "flac", 44'100, 0, true, true},
    {"WavPack", "wv", "wavpack", 44'100, 0, true, true},
    {"TTA", "tta", "tta", 44'100, 0, true, true},
    {"WMA", "asf", "wmav2", 44'100, 0.1, false, true},
    {"AVI", "avi", "pcm_s16le", 44'100, 0, true, true},
    {"AAC, raw", "adts", "aac", 44'100, 0.06, false, false},
    {"AC-3, raw", "ac3", "ac3", 48'000, 0.07, false, false},
};

/// 440 Hz, then 880 Hz, half of the time each, under a little noise, which codecs cannot shrink to nothing.
std::vector<float> two_tones(double seconds, int rate_hz) {
  const auto half = static_cast<std::size_t>(seconds * rate_hz / 2);
  auto samples = tone(half, 440, rate_hz);
  const auto second = tone(half, 880, rate_hz);
  samples.insert(samples.end(), second.begin(), second.end());
  std::uint32_t state = 1;
  for (float& sample : samples) {
    state = state * 1'664'525u + 1'013'904'223u;
    sample += 0.02f * (static_cast<float>(state >> 8) / 16'777'216.0f - 0.5f);
  }
  return samples;
}

void check_two_tones(const std::vector<float>& samples, double seconds, double tolerance_s) {
  const double length_s = static_cast<double>(samples.size()) / audio::kSampleRateHz;
  CHECK(length_s == Approx(seconds).margin(tolerance_s + 1.01 / audio::kSampleRateHz));
  const auto at = [&](double second) { return samples.begin() + static_cast<std::ptrdiff_t>(second * 16'000); };
  const std::vector<float> first(at(0.1 * seconds), at(0.4 * seconds));
  const std::vector<float> second(at(0.6 * seconds), at(0.9 * seconds));
  CHECK(tone_level(first, 440) == Approx(0.5).margin(0.05));
  CHECK(tone_level(first, 880) < 0.02);
  CHECK(tone_level(second, 880) == Approx(0.5).margin(0.05));
  CHECK(tone_level(second, 440) < 0.02);
}

std::vector<float> streamed(const fs::path& file) {
  std::vector<float> joined;
  const auto count = audio::stream_waveform(
      file, [&](const float* block, std::size_t size) { joined.insert(joined.end(), block, block + size); });
  CHECK(count == static_cast<std::int64_t>(joined.size()));
  return joined;
}

/// Whether the file is decoded; a DataError that names it is a refusal. Anything else fails the test.
bool is_read(const fs::path& file) {
  try {
    audio::load_waveform(file);
    return true;
  } catch (const DataError& error) {
    const std::string message = error.what();
    CHECK_THAT(message, Contains(file.filename().string() + ": "));
    CHECK(std::all_of(message.begin(), message.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20; }));
    return false;
  }
}

}  // namespace

TEST_CASE("what phones, browsers and recorders write is read whole", "[audio]") {
  const testing::TempFolder folder;
  for (const EncodedFormat& format : kEncodedFormats) {
    CAPTURE(format.name);
    const auto samples = two_tones(2, format.rate_hz);
    write_encoded(folder / "sound", format.container, {{format.encoder, samples, 1, format.rate_hz}});
    const auto decoded = audio::load_waveform(folder / "sound");
    check_two_tones(decoded, 2, format.tolerance_s);
    CHECK(streamed(folder / "sound") == decoded);
    CHECK(audio::probe(folder / "sound").sample_rate_hz == format.rate_hz);
    if (!format.lossless) continue;
    audio::write_wav(folder / "same.wav", samples, format.rate_hz);
    const bool same = audio::load_waveform(folder / "same.wav") == decoded;
    CHECK(same);
  }
}

TEST_CASE("files as written into a pipe are read whole", "[audio]") {
  const testing::TempFolder folder;
  for (const auto& [container, encoder] : {std::pair<std::string, std::string>{"webm", "opus"},
                                           {"matroska", "flac"},
                                           {"wav", "pcm_s16le"},
                                           {"flac", "flac"},
                                           {"aiff", "pcm_s16be"},
                                           {"au", "pcm_s16be"},
                                           {"caf", "pcm_s16be"}}) {
    CAPTURE(container);
    write_encoded(folder / "sound", container, {{encoder, two_tones(2, 48'000), 1, 48'000}}, false);
    check_two_tones(audio::load_waveform(folder / "sound"), 2, 0.03);
  }
}

TEST_CASE("an encoded file that is truncated anywhere never passes as whole", "[audio]") {
  const testing::TempFolder folder;
  for (const EncodedFormat& format : kEncodedFormats) {
    CAPTURE(format.name);
    write_encoded(folder / "whole", format.container,
                  {{format.encoder, two_tones(2, format.rate_hz), 1, format.rate_hz}});
    const auto size = fs::file_size(folder / "whole");
    const auto whole = audio::load_waveform(folder / "whole").size();
    for (std::size_t part = 1; part < 40; ++part) {
      CAPTURE(part);
      testing::copy_beginning(folder / "whole", folder / "cut", size * part / 40 + part % 7);
      const bool read = is_read(folder / "cut");
      if (format.cut_is_noticed) CHECK_FALSE(read);
      if (read) CHECK(audio::load_waveform(folder / "cut").size() < whole);
    }
  }
}

TEST_CASE("flipped bits in encoded files give a sound or a named error", "[audio]") {
  const testing::TempFolder folder;
  for (const EncodedFormat& format : kEncodedFormats) {
    CAPTURE(format.name);
    write_encoded(folder / "whole", format.container,
                  {{format.encoder, two_tones(0.5, format.rate_hz), 1, format.rate_hz}});
    const std::string whole = read_file(folder / "whole");
    for (std::size_t i = 0; i < 60; ++i) {
      std::string damaged = whole;
      const std::size_t byte = i < 20 ? i * 7 % whole.size() : i * 7'919 % whole.size();
      damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << i % 8));
      CAPTURE(byte, i % 8);
      write_bytes(folder / "damaged", damaged);
      is_read(folder / "damaged");
    }
  }
}

TEST_CASE("lossless codecs with checksums notice a flipped bit of the sound", "[audio]") {
  const testing::TempFolder folder;
  for (const auto& [container, encoder] :
       {std::pair<std::string, std::string>{"ogg", "flac"}, {"matroska", "flac"}, {"wv", "wavpack"}, {"tta", "tta"}}) {
    CAPTURE(container, encoder);
    write_encoded(folder / "whole", container, {{encoder, two_tones(1, 44'100), 1, 44'100}});
    std::string bytes = read_file(folder / "whole");
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
    write_bytes(folder / "damaged", bytes);
    CHECK_FALSE(is_read(folder / "damaged"));
  }
}

TEST_CASE("of several audio streams one is read, and is named", "[audio]") {
  const testing::TempFolder folder;
  const auto file = [&](bool first_is_default) {
    write_encoded(folder / "a.mka", "matroska",
                  {{"flac", tone(44'100, 440, 44'100), 1, 44'100, first_is_default},
                   {"flac", tone(48'000, 880, 48'000), 1, 48'000, !first_is_default}});
    return folder / "a.mka";
  };
  CHECK(tone_level(audio::load_waveform(file(true)), 440) == Approx(0.5).margin(0.01));
  CHECK(tone_level(audio::load_waveform(file(false)), 880) == Approx(0.5).margin(0.01));
  CHECK_THAT(audio::probe(folder / "a.mka").format, Contains("FLAC in Matroska") && Contains("one of 2 audio streams"));
}

TEST_CASE("channels of encoded files are mixed or taken as requested", "[audio]") {
  const testing::TempFolder folder;
  write_encoded(folder / "a.m4a", "ipod", {{"alac", tone(44'100, 440, 44'100, {0.25, -1}), 2, 44'100}});
  using audio::Channels;
  CHECK(tone_level(audio::load_waveform(folder / "a.m4a"), 440) == Approx(0.5 * 0.375).margin(0.002));
  CHECK(tone_level(audio::load_waveform(folder / "a.m4a", {Channels::left}), 440) == Approx(0.125).margin(0.002));
  CHECK(tone_level(audio::load_waveform(folder / "a.m4a", {Channels::loudest}), 440) == Approx(0.5).margin(0.002));
}

TEST_CASE("more channels than loudspeakers have names for are read", "[audio]") {
  const testing::TempFolder folder;
  std::vector<double> gains(12, 0.0);
  gains[11] = 1;
  write_encoded(folder / "a.mka", "matroska", {{"pcm_s16le", tone(44'100, 440, 44'100, gains), 12, 44'100}});
  CHECK(audio::probe(folder / "a.mka").channels == 12);
  CHECK(tone_level(audio::load_waveform(folder / "a.mka", {audio::Channels::loudest}), 440) ==
        Approx(0.5).margin(0.002));
}

TEST_CASE("playlists and text files open no other file", "[audio]") {
  const testing::TempFolder folder;
  testing::write_sound(folder / "a.wav", tone(16'000, 440, 16'000), 1, 16'000, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
  const std::string wav = (folder / "a.wav").string();
  const std::vector<std::string> texts = {"ffconcat version 1.0\nfile '" + wav + "'\n",
                                          "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + wav + "\n",
                                          "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 9 RTP/AVP 0\n",
                                          "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"></MPD>"};
  for (const auto& text : texts) {
    write_bytes(folder / "list.m4a", text);
    CAPTURE(text);
    CHECK_FALSE(is_read(folder / "list.m4a"));
  }
}

TEST_CASE("memory stays flat over half an hour of encoded sound", "[audio]") {
  const testing::TempFolder folder;
  write_encoded(folder / "a.m4a", "ipod", {{"alac", tone(std::size_t{8'000} * 1'800, 440, 8'000), 1, 8'000}});
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto before_kb = usage.ru_maxrss;
  CHECK(audio::stream_waveform(folder / "a.m4a", [](const float*, std::size_t) {}) == 1'800L * 16'000);
  getrusage(RUSAGE_SELF, &usage);
  CHECK(usage.ru_maxrss - before_kb < 16 * 1024);
}

TEST_CASE("a disk failure while reading is not the end of an encoded sound", "[audio]") {
  const testing::TempFolder folder;
  for (const auto& [container, encoder] : {std::pair<std::string, std::string>{"ipod", "alac"},
                                           {"webm", "opus"},
                                           {"wv", "wavpack"},
                                           {"ogg", "flac"},
                                           {"asf", "wmav2"},
                                           {"adts", "aac"}}) {
    CAPTURE(container);
    const fs::path file = fs::canonical(folder.path()) / "a.sound";
    write_encoded(file, container, {{encoder, two_tones(30, 48'000), 1, 48'000}});
    int closed = 0;
    std::string message;
    try {
      audio::stream_waveform(
          file, [&](const float*, std::size_t) { closed += closed == 0 ? testing::close_descriptors_of(file) : 0; });
    } catch (const DataError& error) {
      message = error.what();
    }
    CHECK(closed == 1);
    CHECK_THAT(message, Contains("a.sound: cannot be read at byte ") && Contains("Bad file descriptor"));
  }
}
