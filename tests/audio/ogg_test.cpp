// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_files.h"
#include "audio/waveform.h"
#include "containers/sound_bytes.h"
#include "decoding/internal/ogg_decoder.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace soundfold;
using Catch::Contains;
using testing::tone;
using testing::write_bytes;
using testing::write_sound;

namespace {

constexpr int kVorbis = SF_FORMAT_OGG | SF_FORMAT_VORBIS;
constexpr int kOpus = SF_FORMAT_OGG | SF_FORMAT_OPUS;

/// The bytes of one link.
std::string link_of(const std::filesystem::path& file, double hz, int rate_hz, int channels, int format) {
  write_sound(file, tone(static_cast<std::size_t>(rate_hz), hz, rate_hz, std::vector<double>(channels, 1.0)), channels,
              rate_hz, format);
  return read_file(file);
}

/// Where the pages of an Ogg file begin.
std::vector<std::size_t> pages_of(const std::string& ogg) {
  std::vector<std::size_t> pages;
  for (std::size_t at = ogg.find("OggS"); at != std::string::npos; at = ogg.find("OggS", at + 4)) pages.push_back(at);
  return pages;
}

std::vector<decoding::OggLink> links_of(const std::filesystem::path& file) {
  containers::SoundBytes bytes(file);
  return decoding::find_ogg_links(bytes, file.string());
}

}  // namespace

TEST_CASE("every link of a chained Ogg is read", "[audio]") {
  const testing::TempFolder folder;
  const std::string first = link_of(folder / "a.ogg", 440, 44'100, 1, kVorbis);
  const std::string second = link_of(folder / "b.ogg", 880, 22'050, 2, kVorbis);
  const std::string third = link_of(folder / "c.ogg", 1'320, 48'000, 1, kOpus);
  std::vector<float> expected;
  for (const char* name : {"a.ogg", "b.ogg", "c.ogg"}) {
    const auto part = audio::load_waveform(folder / name);
    expected.insert(expected.end(), part.begin(), part.end());
  }
  // A tag between two links is no sound.
  for (const std::string& between : {std::string(), "TAG" + std::string(125, 'a')}) {
    write_bytes(folder / "chain.ogg", first + between + second + third);
    CHECK(audio::load_waveform(folder / "chain.ogg") == expected);
    CHECK(links_of(folder / "chain.ogg").size() == 3);
  }
  CHECK_THAT(audio::probe(folder / "chain.ogg").format, Contains("a chain of 3"));
  const auto second_part = std::vector<float>(expected.begin() + 18'000, expected.begin() + 30'000);
  CHECK(testing::tone_level(second_part, 880) == Approx(0.5).margin(0.02));
}

TEST_CASE("a chained Ogg is truncated when any of its links is", "[audio]") {
  const testing::TempFolder folder;
  const std::string first = link_of(folder / "a.ogg", 440, 44'100, 1, kVorbis);
  const std::string second = link_of(folder / "b.ogg", 880, 44'100, 1, kVorbis);
  write_bytes(folder / "cut.ogg", first + second.substr(0, second.size() - 100));
  CHECK_THROWS_WITH(audio::load_waveform(folder / "cut.ogg"), Contains("truncated") && Contains("no end mark"));
  // The first link lacks its last page.
  write_bytes(folder / "cut.ogg", first.substr(0, pages_of(first).back()) + second);
  CHECK_THROWS_WITH(audio::load_waveform(folder / "cut.ogg"), Contains("truncated") && Contains("no end mark"));
}

TEST_CASE("damage in an Ogg that its decoders ignore is reported", "[audio]") {
  const testing::TempFolder folder;
  for (const int format : {kVorbis, kOpus}) {
    write_sound(folder / "a.ogg", tone(480'000, 440, 48'000), 1, 48'000, format);
    const std::string whole = read_file(folder / "a.ogg");
    const auto pages = pages_of(whole);
    REQUIRE(pages.size() > 6);
    const std::size_t middle = pages.size() / 2;
    std::string flipped = whole;
    flipped[pages[middle] + 100] = static_cast<char>(flipped[pages[middle] + 100] ^ 1);
    write_bytes(folder / "flipped.ogg", flipped);
    CHECK_THROWS_WITH(audio::load_waveform(folder / "flipped.ogg"), Contains("damaged: the checksum of its Ogg page"));
    write_bytes(folder / "gap.ogg", whole.substr(0, pages[middle]) + whole.substr(pages[middle + 1]));
    CHECK_THROWS_WITH(audio::load_waveform(folder / "gap.ogg"),
                      Contains("damaged: pages of its Ogg stream are missing"));
    write_bytes(folder / "junk.ogg", whole.substr(0, pages[middle]) + "junk" + whole.substr(pages[middle]));
    CHECK_THROWS_WITH(audio::load_waveform(folder / "junk.ogg"), Contains("damaged: no Ogg page at byte"));
    // Bytes behind the end are no damage.
    write_bytes(folder / "tail.ogg", whole + std::string(300, '\0'));
    CHECK(audio::load_waveform(folder / "tail.ogg") == audio::load_waveform(folder / "a.ogg"));
  }
}

TEST_CASE("an Ogg stream recorded late has its headers and then pages from the middle", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.ogg", tone(480'000, 440, 48'000), 1, 48'000, kVorbis);
  const std::string whole = read_file(folder / "a.ogg");
  const auto pages = pages_of(whole);
  // Vorbis has one page of identification and one or two of the other headers before its sound.
  std::size_t headers = 1;
  while (whole.compare(pages[headers] + 6, 8, std::string(8, '\0')) == 0) ++headers;
  write_bytes(folder / "late.ogg", whole.substr(0, pages[headers]) + whole.substr(pages[headers + 2]));
  CHECK(links_of(folder / "late.ogg").size() == 1);
  CHECK(audio::load_waveform(folder / "late.ogg").size() > 80'000);
}

TEST_CASE("the letters of an Ogg page in the samples of another format are samples", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.wav", tone(8'000, 440, 16'000), 1, 16'000, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
  std::string bytes = read_file(folder / "a.wav");
  bytes.replace(1'519, 4, "OggS");
  write_bytes(folder / "a.wav", bytes);
  CHECK(links_of(folder / "a.wav").empty());
  CHECK(audio::load_waveform(folder / "a.wav").size() == 8'000);
}
