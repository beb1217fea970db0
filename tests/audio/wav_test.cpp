// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_files.h"
#include "audio/waveform.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

using namespace soundfold;
using Catch::Contains;
using testing::little_endian;
using testing::tone;
using testing::write_bytes;
using testing::write_sound;

namespace {

std::string chunk(const std::string& name, const std::string& content) {
  return name + little_endian(static_cast<std::uint32_t>(content.size())) + content +
         std::string(content.size() % 2, '\0');
}

/// A WAV of these chunks.
std::string riff(const std::string& chunks) {
  return "RIFF" + little_endian(static_cast<std::uint32_t>(chunks.size() + 4)) + "WAVE" + chunks;
}

std::string format_chunk(std::uint32_t coding, std::uint32_t bits) {
  return chunk("fmt ", little_endian(coding, 2) + little_endian(1, 2) + little_endian(16'000) + little_endian(32'000) +
                           little_endian(bits / 8, 2) + little_endian(bits, 2));
}

const std::string kPcm = format_chunk(1, 16);

std::string samples_of(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += i % 2 == 0 ? std::string("\x00\x10", 2) : std::string("\x00\xf0", 2);
  return bytes;
}

}  // namespace

TEST_CASE("a WAV whose size was left at 0 gives the samples behind it", "[audio]") {
  const testing::TempFolder folder;
  const std::string head = std::string("RIFF") + little_endian(0) + "WAVE" + kPcm + "data" + little_endian(0);
  write_bytes(folder / "a.wav", head + samples_of(4'000));
  CHECK(audio::load_waveform(folder / "a.wav").size() == 4'000);
  CHECK(audio::load_waveform(folder / "a.wav")[1] == Approx(-0.125));
  // Samples that look like a chunk's name at first, but no chunks fill the file to its end.
  write_bytes(folder / "b.wav", head + "LIST" + samples_of(4'000));
  CHECK(audio::load_waveform(folder / "b.wav").size() == 4'002);
}

TEST_CASE("a WAV with no samples but further chunks is empty", "[audio]") {
  const testing::TempFolder folder;
  write_bytes(folder / "a.wav", riff(kPcm + chunk("data", "") + chunk("LIST", "INFO") + chunk("id3 ", "abc")));
  CHECK_THROWS_WITH(audio::load_waveform(folder / "a.wav"), Contains("holds no samples"));
}

TEST_CASE("an AIFF whose size was left at 0 gives the samples behind it", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.aiff", tone(4'000, 440, 16'000), 1, 16'000, SF_FORMAT_AIFF | SF_FORMAT_PCM_16);
  const auto whole = audio::load_waveform(folder / "a.aiff");
  std::string bytes = read_file(folder / "a.aiff");
  bytes.replace(bytes.find("SSND") + 4, 4, std::string(4, '\0'));
  write_bytes(folder / "b.aiff", bytes);
  CHECK(audio::load_waveform(folder / "b.aiff") == whole);
}

TEST_CASE("an RF64 and an AU whose size was left at 0 give the samples behind it", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.wav", tone(4'000, 440, 16'000), 1, 16'000, SF_FORMAT_RF64 | SF_FORMAT_PCM_16);
  const auto whole = audio::load_waveform(folder / "a.wav");
  std::string bytes = read_file(folder / "a.wav");
  REQUIRE(bytes.substr(12, 4) == "ds64");
  bytes.replace(20, 24, std::string(24, '\0'));  // sizes of the file and of the sound, number of samples
  write_bytes(folder / "b.wav", bytes);
  CHECK(audio::load_waveform(folder / "b.wav") == whole);
  write_sound(folder / "a.au", tone(4'000, 440, 16'000), 1, 16'000, SF_FORMAT_AU | SF_FORMAT_PCM_16);
  bytes = read_file(folder / "a.au");
  bytes.replace(8, 4, std::string(4, '\0'));
  write_bytes(folder / "b.au", bytes);
  CHECK(audio::load_waveform(folder / "b.au") == audio::load_waveform(folder / "a.au"));
}

TEST_CASE("a WAV too long for its header is refused, not shortened", "[audio]") {
  const testing::TempFolder folder;
  write_bytes(folder / "a.wav", riff(kPcm + chunk("data", samples_of(4'000))));
  std::filesystem::resize_file(folder / "a.wav", (std::uintmax_t{1} << 32U) + 8'044);  // sparse: takes no room
  CHECK_THROWS_WITH(audio::load_waveform(folder / "a.wav"),
                    Contains("its header claims 8000 bytes of sound, but 4294"));
}

TEST_CASE("MP3 in a WAV is read whole, whatever its fact chunk counts", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.mp3", tone(32'000, 440, 16'000), 1, 16'000, SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III);
  const auto bare = audio::load_waveform(folder / "a.mp3");
  const std::string mp3 = read_file(folder / "a.mp3");
  const std::string mpeg_format =
      chunk("fmt ", little_endian(0x55, 2) + little_endian(1, 2) + little_endian(16'000) + little_endian(4'000) +
                        little_endian(1, 2) + little_endian(0, 2) + little_endian(12, 2) + little_endian(1, 2) +
                        little_endian(2) + little_endian(576, 2) + little_endian(1, 2) + little_endian(1393, 2));
  for (const std::uint32_t counted : {0u, 32'000u, 90'000u}) {
    write_bytes(folder / "a.wav", riff(mpeg_format + chunk("fact", little_endian(counted)) + chunk("data", mp3)));
    CHECK(audio::load_waveform(folder / "a.wav") == bare);
  }
  CHECK_THAT(audio::probe(folder / "a.wav").format, Contains("WAV") && Contains("MPEG"));
  testing::copy_beginning(folder / "a.wav", folder / "cut.wav", mp3.size() / 2);
  CHECK_THROWS_WITH(audio::load_waveform(folder / "cut.wav"), Contains("truncated or damaged: its header claims"));
}

TEST_CASE("the fault of a WAV is reported, without a list of formats", "[audio]") {
  const testing::TempFolder folder;
  const auto message = [&](const std::string& bytes) {
    write_bytes(folder / "a.wav", bytes);
    try {
      audio::load_waveform(folder / "a.wav");
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("read");
  };
  const std::string no_data = message(riff(kPcm));
  CHECK_THAT(no_data, Contains("a.wav: cannot be read as sound (") && Contains("data"));
  CHECK_THAT(no_data, !Contains("FFmpeg") && !Contains("AAC"));
  const std::string no_width = message(riff(format_chunk(1, 0) + chunk("data", samples_of(100))));
  CHECK_THAT(no_width, Contains("a.wav: cannot be read as sound (") && !Contains("FFmpeg"));
  CHECK_THAT(message("no sound at all, whatever its name says"),
             Contains("of no known format") && Contains("libsndfile"));
}
