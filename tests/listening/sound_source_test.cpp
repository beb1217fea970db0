// SPDX-License-Identifier: Apache-2.0
#include "listening/sound_source.h"

#include "audio/waveform.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <cmath>
#include <thread>

using namespace soundfold;
using Catch::Contains;
using listening::RawFormat;
using listening::SampleType;

namespace {

std::vector<float> all_of(listening::SoundSource& source) {
  std::vector<float> samples;
  while (true) {
    const auto& block = source.read();
    if (block.empty()) return samples;
    samples.insert(samples.end(), block.begin(), block.end());
  }
}

std::vector<float> ramp(std::size_t count) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i) samples[i] = static_cast<float>(i % 1000) / 1024 - 0.5F;
  return samples;
}

/// What the command prints, read as sound.
std::vector<float> heard(const std::string& command, const RawFormat* raw) {
  return all_of(*listening::command_source(command, raw));
}

std::string printed(const std::string& bytes) {
  std::string text = "printf '";
  for (const char byte : bytes) {
    char octal[8];
    std::snprintf(octal, sizeof(octal), "\\%03o", static_cast<unsigned>(static_cast<unsigned char>(byte)));
    text += octal;
  }
  return text + "'";
}

}  // namespace

TEST_CASE("samples without a header are read as said", "[listening]") {
  RawFormat raw{{8'000, 2}, SampleType::s16le};
  CHECK(heard(printed(std::string("\x00\x40\x00\xC0\xFF\x7F\x01\x00", 8)), &raw) ==
        std::vector<float>{0.5F, -0.5F, 32767 / 32768.0F, 1 / 32768.0F});
  raw.type = SampleType::u8;
  CHECK(heard(printed(std::string("\x80\xC0\x40\x00", 4)), &raw) == std::vector<float>{0, 0.5F, -0.5F, -1});
  raw.type = SampleType::s24le;
  CHECK(heard(printed(std::string("\x00\x00\x40\x00\x00\xC0", 6)), &raw) == std::vector<float>{0.5F, -0.5F});
  raw.type = SampleType::s32le;
  CHECK(heard(printed(std::string("\x00\x00\x00\x40\x00\x00\x00\xC0", 8)), &raw) == std::vector<float>{0.5F, -0.5F});
  raw.type = SampleType::f32le;
  CHECK(heard(printed(std::string("\x00\x00\x00\x3F\x00\x00\x00\xBF", 8)), &raw) == std::vector<float>{0.5F, -0.5F});
}

TEST_CASE("the form of samples without a header is one word", "[listening]") {
  const auto raw = listening::raw_format_named("f32le:44100:2");
  CHECK(raw.type == SampleType::f32le);
  CHECK(raw.format.sample_rate_hz == 44'100);
  CHECK(raw.format.channels == 2);
  for (const char* bad : {"", "s16le", "s16le:16000", "s16:16000:1", "s16le:0:1", "s16le:16000:65", "s16le:16000:1:2",
                          "s16le:16000x1", "s16le:1e4:1"}) {
    CHECK_THROWS_WITH(listening::raw_format_named(bad), Contains("such as s16le:16000:1"));
  }
}

TEST_CASE("a WAV stream is read from a pipe, also with lengths that its writer did not know", "[listening]") {
  const testing::TempFolder folder;
  const auto samples = ramp(30'000);
  audio::write_wav(folder / "a.wav", samples, 16'000);
  auto bytes = read_file(folder / "a.wav");
  const auto whole = heard("cat " + (folder / "a.wav").string(), nullptr);
  REQUIRE(whole.size() == samples.size());
  for (std::size_t i = 0; i < whole.size(); ++i) REQUIRE(std::abs(whole[i] - samples[i]) < 1e-4F);
  const auto data = bytes.find("data");
  for (const char length : {'\xFF', '\x7F'}) {
    for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = bytes[data + 4 + i] = length;
    write_file_atomically(folder / "stream.wav", bytes);
    INFO("length " << int{length});
    CHECK((heard("cat " + (folder / "stream.wav").string(), nullptr) == whole));
  }
  const auto source = listening::pipe_source((folder / "a.wav").string(), nullptr);
  CHECK(source->format().sample_rate_hz == 16'000);
  CHECK(source->format().channels == 1);
}

TEST_CASE("a named pipe is waited for", "[listening]") {
  const testing::TempFolder folder;
  const std::string pipe = (folder / "pipe").string();
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] { testing::run("/bin/sh", {"-c", "sleep 0.1; printf 'abcd' > " + pipe}); });
  const RawFormat raw{{8'000, 1}, SampleType::u8};
  CHECK(all_of(*listening::pipe_source(pipe, &raw)).size() == 4);
  writer.join();
}

TEST_CASE("what is no sound is refused, and a command that waits is ended", "[listening]") {
  CHECK_THROWS_WITH(heard("echo hello", nullptr), Contains("not a WAV stream"));
  CHECK_THROWS_WITH(heard("exit 3", nullptr), Contains("not a WAV stream"));
  CHECK_THROWS_WITH(listening::pipe_source("/nowhere/at/all", nullptr), Contains("No such file"));
  const testing::TempFolder folder;
  const RawFormat raw{{8'000, 1}, SampleType::u8};
  const std::string mark = (folder / "ended").string();
  {
    const auto source = listening::command_source(
        "trap 'touch " + mark + "; exit' TERM; printf 'abcd'; sleep 60 > /dev/null 2>&1 & wait", &raw);
    CHECK(source->read().size() == 4);
  }
  CHECK(std::filesystem::exists(mark));
}
