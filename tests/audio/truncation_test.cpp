// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_files.h"
#include "audio/waveform.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include <cstdint>
#include <filesystem>
#include <string>

using namespace soundfold;
using Catch::Contains;
using testing::copy_beginning;
using testing::little_endian;
using testing::tone;
using testing::write_bytes;
using testing::write_sound;

namespace {

constexpr std::size_t kSamples = 80'000;

/// A tone under noise, which codecs cannot shrink to nothing.
std::vector<float> noisy_tone() {
  std::vector<float> samples = tone(kSamples, 440, 16'000);
  std::uint32_t state = 1;
  for (float& sample : samples) {
    state = state * 1'664'525u + 1'013'904'223u;
    sample += 0.1f * (static_cast<float>(state >> 8) / 16'777'216.0f - 0.5f);
  }
  return samples;
}

/// A 16-bit mono WAV at 16 kHz whose header claims `claimed_bytes`, with `present` samples behind it.
std::string wav_claiming(std::uint32_t claimed_bytes, std::size_t present) {
  std::string wav = "RIFF" + little_endian(claimed_bytes > 0xFFFFFF00u ? claimed_bytes : claimed_bytes + 36) + "WAVE";
  wav += "fmt " + little_endian(16) + std::string("\x01\x00\x01\x00", 4) + little_endian(16'000) +
         little_endian(32'000) + std::string("\x02\x00\x10\x00", 4);
  wav += "data" + little_endian(claimed_bytes);
  for (std::size_t i = 0; i < present; ++i) wav += i % 2 == 0 ? std::string("\x00\x10", 2) : std::string("\x00\xf0", 2);
  return wav;
}

std::int64_t peak_memory_kb() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("files truncated in the middle are refused", "[audio]") {
  const testing::TempFolder folder;
  const auto [name, format, reason] = GENERATE(table<std::string, int, std::string>({
      {"a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, "header claims 80000 frames"},
      {"b.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, "header claims 80000 frames"},
      {"c.wav", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, "header claims 80000 frames"},
      {"d.wav", SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, "header claims"},
      {"e.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, "header claims 80000 frames"},
      {"h.wav", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, "header claims 80000 frames"},
      {"i.w64", SF_FORMAT_W64 | SF_FORMAT_PCM_24, "header claims 80000 frames"},
      {"j.au", SF_FORMAT_AU | SF_FORMAT_FLOAT, "header claims 80000 frames"},
      {"k.8svx", SF_FORMAT_SVX | SF_FORMAT_PCM_16, "header claims 80000 frames"},
      {"f.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, "header claims 80000 frames"},
      {"g.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, "no end mark"},
  }));
  CAPTURE(name);
  write_sound(folder / name, noisy_tone(), 1, 16'000, format);
  const auto size = std::filesystem::file_size(folder / name);
  CHECK(audio::load_waveform(folder / name).size() >= kSamples);
  for (const double part : {0.5, 0.93}) {
    copy_beginning(folder / name, folder / "cut", static_cast<std::size_t>(static_cast<double>(size) * part));
    CAPTURE(part);
    CHECK_THROWS_AS(audio::load_waveform(folder / "cut"), DataError);
    CHECK_THROWS_WITH(audio::load_waveform(folder / "cut"), Contains("truncated") && Contains(reason));
  }
}

TEST_CASE("an Ogg file cut anywhere never passes as whole", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.ogg", noisy_tone(), 1, 16'000, SF_FORMAT_OGG | SF_FORMAT_VORBIS);
  const auto size = std::filesystem::file_size(folder / "a.ogg");
  for (std::size_t cut = 100; cut < size; cut += 1'777) {
    copy_beginning(folder / "a.ogg", folder / "cut", cut);
    CAPTURE(cut);
    CHECK_THROWS_AS(audio::load_waveform(folder / "cut"), DataError);
  }
}

TEST_CASE("a cut MP3 gives what is left: any number of its frames is a sound", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.mp3", noisy_tone(), 1, 16'000, SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III);
  copy_beginning(folder / "a.mp3", folder / "cut.mp3", std::filesystem::file_size(folder / "a.mp3") / 2);
  const std::size_t left = audio::load_waveform(folder / "cut.mp3").size();
  CHECK(left > kSamples * 2 / 5);
  CHECK(left < kSamples * 3 / 5);
}

TEST_CASE("headers truncated are refused", "[audio]") {
  const testing::TempFolder folder;
  for (const int format : {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
                           SF_FORMAT_OGG | SF_FORMAT_VORBIS, SF_FORMAT_AIFF | SF_FORMAT_PCM_16}) {
    write_sound(folder / "a", noisy_tone(), 1, 16'000, format);
    for (const std::size_t bytes : {1u, 4u, 11u, 20u, 40u, 44u}) {
      copy_beginning(folder / "a", folder / "cut", bytes);
      CAPTURE(format, bytes);
      CHECK_THROWS_AS(audio::load_waveform(folder / "cut"), DataError);
    }
  }
}

TEST_CASE("a header that claims gigabytes is refused without allocating them", "[audio]") {
  const testing::TempFolder folder;
  write_bytes(folder / "a.wav", wav_claiming(2'000'000'000, 500));
  const std::int64_t before = peak_memory_kb();
  CHECK_THROWS_WITH(audio::load_waveform(folder / "a.wav"),
                    Contains("claims 1000000000 frames") && Contains("500 could be decoded"));
  write_bytes(folder / "a.wav", wav_claiming(4'000'000'000u, 500));
  CHECK_THROWS_WITH(audio::load_waveform(folder / "a.wav"), Contains("claims 2000000000 frames"));
  // FLAC keeps its count of samples in 36 bits; all of them set claim 68,719,476,735.
  write_sound(folder / "b.flac", noisy_tone(), 1, 16'000, SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  std::string flac = read_file(folder / "b.flac");
  flac[21] = static_cast<char>(flac[21] | 0x0F);
  flac.replace(22, 4, "\xff\xff\xff\xff");
  write_bytes(folder / "b.flac", flac);
  CHECK_THROWS_WITH(audio::load_waveform(folder / "b.flac"),
                    Contains("claims 68719476735 frames") && Contains("80000 could be decoded"));
  CHECK(peak_memory_kb() - before < 64 * 1024);
}

TEST_CASE("sizes that streaming writers leave behind claim nothing", "[audio]") {
  const testing::TempFolder folder;
  for (const std::uint32_t size : {0x7FFFFFFFu, 0xFFFFFFFFu, 0x7FFFF000u, 0xFFFFFFFFu - 44}) {
    write_bytes(folder / "a.wav", wav_claiming(size, 4'000));
    CAPTURE(size);
    CHECK(audio::load_waveform(folder / "a.wav").size() == 4'000);
  }
}

TEST_CASE("a few missing frames are tolerated", "[audio]") {
  // 10 ms, 160 frames: some writers miscount by a block or a header.
  const testing::TempFolder folder;
  write_bytes(folder / "a.wav", wav_claiming(8'000, 4'000 - 150));
  CHECK(audio::load_waveform(folder / "a.wav").size() == 3'850);
  write_bytes(folder / "b.wav", wav_claiming(8'000, 4'000 - 170));
  CHECK_THROWS_WITH(audio::load_waveform(folder / "b.wav"), Contains("claims 4000 frames, 3830 could"));
}

TEST_CASE("chunks before and after the sound are ignored", "[audio]") {
  const testing::TempFolder folder;
  std::string wav = wav_claiming(8'000, 4'000);
  const std::string note = "note" + little_endian(5) + "hello" + std::string(1, '\0');  // odd sizes are padded
  wav.insert(12, note);
  wav += "junk" + little_endian(3) + "abc" + std::string(1, '\0');
  write_bytes(folder / "a.wav", wav);
  CHECK(audio::load_waveform(folder / "a.wav").size() == 4'000);
  write_bytes(folder / "cut.wav", wav.substr(0, 5'000));
  CHECK_THROWS_WITH(audio::load_waveform(folder / "cut.wav"), Contains("claims 4000 frames"));
}
