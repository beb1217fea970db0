// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_files.h"
#include "audio/waveform.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using Catch::Contains;
using testing::tone;
using testing::write_bytes;

namespace {

constexpr int kMp3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
constexpr int kFrame = 1152;  // samples of an MPEG-1 layer III frame (ISO 11172-3)
constexpr int kRateHz = 44'100;

/// Bytes of the frame at `at`: 144 * bits per second / rate, and one where the padding bit is set (ISO
/// 11172-3, 2.4.3.1).
std::size_t frame_bytes(const std::string& mp3, std::size_t at) {
  const int kilobits[] = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(mp3.at(at + i)); };
  if (byte(0) != 0xFF || byte(1) != 0xFB) throw std::runtime_error("no MPEG-1 layer III frame");
  return static_cast<std::size_t>(144'000 * kilobits[byte(2) >> 4] / kRateHz + (byte(2) >> 1 & 1));
}

/// Two seconds of tone, then two of noise, in a variable bit rate: the frames differ in size. LAME's first frame is not
/// sound but an Info or Xing header.
std::string variable_rate_mp3(const std::filesystem::path& file, std::size_t seconds = 4) {
  const std::size_t half = kRateHz * seconds / 2;
  std::vector<float> samples = tone(2 * half, 440, kRateHz);
  std::uint32_t state = 1;
  for (std::size_t i = half; i < samples.size(); ++i) {
    state = state * 1'664'525u + 1'013'904'223u;
    samples[i] = static_cast<float>(state >> 8) / 16'777'216.0f - 0.5f;
  }
  testing::write_sound(file, samples, 1, kRateHz, kMp3);
  const std::string mp3 = read_file(file);
  if (mp3.substr(0, 200).find("Xing") == std::string::npos && mp3.substr(0, 200).find("Info") == std::string::npos) {
    throw std::runtime_error("the encoder wrote no header");
  }
  return mp3;
}

std::size_t frame_count(const std::string& mp3) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < mp3.size(); at += frame_bytes(mp3, at)) ++count;
  return count;
}

std::size_t at_16_khz(std::size_t samples) {
  return static_cast<std::size_t>(std::llround(static_cast<double>(samples) * 16'000 / kRateHz));
}

}  // namespace

TEST_CASE("an MP3 with a Xing header gives the samples that went in", "[audio]") {
  const testing::TempFolder folder;
  variable_rate_mp3(folder / "a.mp3");
  const auto samples = audio::load_waveform(folder / "a.mp3");
  CHECK(samples.size() == 64'000);
  CHECK(testing::tone_error({samples.begin(), samples.begin() + 32'000}, 440, 0.5, 1'500) < 3e-2);
}

TEST_CASE("an MP3 of variable bit rate without a Xing header is read to its end", "[audio]") {
  const testing::TempFolder folder;
  const std::string whole = variable_rate_mp3(folder / "a.mp3");
  const std::string bare = whole.substr(frame_bytes(whole, 0));
  write_bytes(folder / "bare.mp3", bare);
  // What a reader guesses from the first frame's size is not even half of it, so this would fail for a guess.
  const std::size_t guess = bare.size() / frame_bytes(bare, 0) * kFrame;
  REQUIRE(guess < kRateHz * 4 / 2);
  const auto samples = audio::load_waveform(folder / "bare.mp3");
  CHECK(samples.size() == Approx(at_16_khz(frame_count(bare) * kFrame)).margin(1));

  // The sound is that of the file with its header, later by the encoder's delay.
  const auto with_header = audio::load_waveform(folder / "a.mp3");
  const auto late = static_cast<std::size_t>(1'105 * 16'000 / kRateHz);  // LAME's 576 + the decoder's 529
  double error = 1;
  for (std::size_t shift = late - 1; shift <= late + 1; ++shift) {
    double worst = 0;
    for (std::size_t i = 2'000; i < 30'000; ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(samples[i + shift] - with_header[i])));
    }
    error = std::min(error, worst);
  }
  CHECK(error < 0.1);  // a shift by half a sample changes the tone by 0.5 * 2 pi 440 / 16000 / 2 = 0.04
}

TEST_CASE("tags around an MP3 are not sound", "[audio]") {
  const testing::TempFolder folder;
  const std::string bare = [&] {
    const std::string whole = variable_rate_mp3(folder / "a.mp3", 2);
    return whole.substr(frame_bytes(whole, 0));
  }();
  write_bytes(folder / "bare.mp3", bare);
  const auto expected = audio::load_waveform(folder / "bare.mp3");
  const std::string id3v2 = std::string("ID3\x04\x00\x00\x00\x00\x02\x00", 10) + std::string(256, '\0');
  const std::string id3v1 = "TAG" + std::string(125, 'a');
  write_bytes(folder / "tagged.mp3", id3v2 + bare + id3v1);
  CHECK(audio::load_waveform(folder / "tagged.mp3") == expected);
  CHECK(audio::stream_waveform(folder / "tagged.mp3", [](const float*, std::size_t) {}) ==
        static_cast<std::int64_t>(expected.size()));
}

TEST_CASE("an MP3 truncated within a frame gives the whole frames", "[audio]") {
  const testing::TempFolder folder;
  const std::string whole = variable_rate_mp3(folder / "a.mp3", 2);
  const std::string bare = whole.substr(frame_bytes(whole, 0));
  std::size_t at = 0, frames = 0;
  for (; at < bare.size() * 3 / 4; ++frames) at += frame_bytes(bare, at);
  write_bytes(folder / "cut.mp3", bare.substr(0, at + 50));
  const auto samples = audio::load_waveform(folder / "cut.mp3");
  CHECK(samples.size() >= at_16_khz((frames - 1) * kFrame));
  CHECK(samples.size() <= at_16_khz((frames + 1) * kFrame));
}

TEST_CASE("garbage behind the start of an MP3 is named, not taken for its end", "[audio]") {
  const testing::TempFolder folder;
  const std::string whole = variable_rate_mp3(folder / "a.mp3", 2);
  const std::size_t middle = whole.size() / 2;
  write_bytes(folder / "hole.mp3", whole.substr(0, middle) + std::string(20'000, '\0') + whole.substr(middle));
  CHECK_THROWS_AS(audio::load_waveform(folder / "hole.mp3"), DataError);
  CHECK_THROWS_WITH(audio::load_waveform(folder / "hole.mp3"), Contains("hole.mp3: decoding failed"));
}

TEST_CASE("a second MP3 of another rate and number of channels behind the first is read too", "[audio]") {
  const testing::TempFolder folder;
  const std::string whole = variable_rate_mp3(folder / "a.mp3", 2);
  const std::string bare = whole.substr(frame_bytes(whole, 0));
  write_bytes(folder / "first.mp3", bare);
  testing::write_sound(folder / "second.mp3", tone(22'050, 880, 22'050, {1, 1}), 2, 22'050, kMp3);
  write_bytes(folder / "both.mp3", bare + read_file(folder / "second.mp3"));
  const auto first = audio::load_waveform(folder / "first.mp3");
  const auto both = audio::load_waveform(folder / "both.mp3");
  // The second's Info frame, in the middle of a file, is a frame of silence; its delay and padding remain.
  CHECK(both.size() > first.size() + 16'000);
  CHECK(both.size() < first.size() + 16'000 + 4 * 1'152 * 16'000 / 22'050);
  CHECK(std::equal(first.begin(), first.end() - 500, both.begin()));
  const std::vector<float> second(both.end() - 14'000, both.end() - 2'000);
  CHECK(testing::tone_level(second, 880) == Approx(0.5).margin(0.02));
  CHECK(testing::tone_level(second, 440) < 0.01);
  CHECK(audio::probe(folder / "both.mp3").sample_rate_hz == kRateHz);
}

TEST_CASE("tags behind an MP3 are neither sound nor damage", "[audio]") {
  const testing::TempFolder folder;
  const std::string whole = variable_rate_mp3(folder / "a.mp3", 2);
  const std::string bare = whole.substr(frame_bytes(whole, 0));
  const std::string items(5'000, 'x');
  const auto ape_part = [&](unsigned char flags) {
    std::string part = std::string("APETAGEX\xD0\x07\x00\x00", 12);
    const std::size_t size = items.size() + 32;
    for (int i = 0; i < 4; ++i) part.push_back(static_cast<char>(size >> 8 * i & 0xFF));
    return part + std::string("\x01\x00\x00\x00\x00\x00\x00", 7) + static_cast<char>(flags) + std::string(8, '\0');
  };
  const std::string ape = ape_part(0xA0) + items + ape_part(0x80);
  const std::string lyrics = "LYRICSBEGIN" + std::string(3'000, 'y') + "003011LYRICS200";
  const std::string id3v1 = "TAG" + std::string(125, 'a');
  const std::string cover = std::string("ID3\x04\x00\x00\x00\x04\x00\x00", 10) + std::string(65'536, '\xFF');
  for (const std::string& sound : {bare, whole}) {
    write_bytes(folder / "plain.mp3", sound);
    const auto expected = audio::load_waveform(folder / "plain.mp3");
    for (const std::string& tagged : {sound + ape, sound + ape + id3v1, sound + lyrics + id3v1, cover + sound + ape}) {
      write_bytes(folder / "tagged.mp3", tagged);
      CHECK(audio::load_waveform(folder / "tagged.mp3") == expected);
    }
  }
}

TEST_CASE("an MP3 that begins in the middle of a frame, or behind other bytes, is read from its first frame on",
          "[audio]") {
  const testing::TempFolder folder;
  const std::string whole = variable_rate_mp3(folder / "a.mp3", 2);
  const std::string bare = whole.substr(frame_bytes(whole, 0));
  const std::size_t second = frame_bytes(bare, 0);
  write_bytes(folder / "from_second.mp3", bare.substr(second));
  const auto expected = audio::load_waveform(folder / "from_second.mp3");
  for (const std::string& front : {bare.substr(second - 90, 90), std::string(3'000, '\0'), std::string("some bytes")}) {
    write_bytes(folder / "dump.mp3", front + bare.substr(second));
    CHECK(audio::load_waveform(folder / "dump.mp3") == expected);
  }
}

TEST_CASE("bytes behind all that a Xing header promises are no damage", "[audio]") {
  const testing::TempFolder folder;
  const std::string whole = variable_rate_mp3(folder / "a.mp3", 2);
  write_bytes(folder / "tail.mp3", whole + std::string(20'000, '\0'));
  CHECK(audio::load_waveform(folder / "tail.mp3") == audio::load_waveform(folder / "a.mp3"));
}

TEST_CASE("libraries write nothing to standard error", "[audio]") {
  const testing::TempFolder folder;
  std::string odd = variable_rate_mp3(folder / "a.mp3", 2);
  odd += odd.substr(frame_bytes(odd, 0));  // twice as long as its Xing header says
  odd.insert(odd.size() / 3, 300, 'x');    // and with junk between two frames
  write_bytes(folder / "odd.mp3", odd);
  write_bytes(folder / "odd.m4a", "\x01\x02\x03 no sound");
  const int before = ::dup(STDERR_FILENO);
  const int file = ::open((folder / "said.txt").c_str(), O_WRONLY | O_CREAT, 0600);
  ::dup2(file, STDERR_FILENO);
  for (const char* name : {"odd.mp3", "odd.m4a"}) {
    try {
      audio::load_waveform(folder / name);
    } catch (const DataError&) {  // also welcome
    }
  }
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(file);
  CHECK(read_file(folder / "said.txt").empty());
}
