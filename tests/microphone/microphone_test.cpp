// SPDX-License-Identifier: Apache-2.0
#include "microphone/microphone.h"

#include "microphone/alsa_configuration.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "testing/stop_when.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>

using namespace soundfold;
using Catch::Contains;
using microphone::microphone_source;

namespace {

/// Devices that this process's ALSA has while it lives.
struct Devices {
  explicit Devices(const std::string& definitions) : configuration(definitions) {
    setenv("ALSA_CONFIG_PATH", configuration.file().c_str(), 1);
  }
  ~Devices() { unsetenv("ALSA_CONFIG_PATH"); }
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;
  testing::AlsaConfiguration configuration;
};

/// At least `count` samples, in blocks of at most 20 ms.
std::vector<float> recorded(listening::SoundSource& source, std::size_t count) {
  std::vector<float> samples;
  const auto most = static_cast<std::size_t>(source.format().sample_rate_hz / 50 * source.format().channels);
  while (samples.size() < count) {
    const auto& block = source.read();
    REQUIRE(!block.empty());
    REQUIRE(block.size() <= most);
    samples.insert(samples.end(), block.begin(), block.end());
  }
  return samples;
}

float ramp(std::size_t n) {
  return static_cast<float>(n) / 32'768;
}

}  // namespace

TEST_CASE("a microphone gives the samples that its device records", "[microphone]") {
  const testing::TempFolder folder;
  std::vector<float> written(6'400);  // 20 periods of 20 ms at 16 kHz
  std::mt19937 random(7);
  for (auto& sample : written) sample = std::uniform_real_distribution<float>(-1, 1)(random);
  std::string bytes(written.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), written.data(), bytes.size());
  write_file_atomically(folder / "sound.raw", bytes);
  const Devices devices(testing::file_device("recorder", folder / "sound.raw"));

  const auto source = microphone_source("recorder", 16'000);
  CHECK(source->format().sample_rate_hz == 16'000);
  CHECK(source->format().channels == 1);
  auto samples = recorded(*source, written.size());
  samples.resize(written.size());
  CHECK(samples == written);
}

TEST_CASE("a microphone of whole numbers, another rate and two channels keeps its rate", "[microphone]") {
  const Devices devices("pcm.hardware { type scripted rate 48000 channels 2 }\npcm.slow { type scripted rate 8000 }");
  const auto source = microphone_source("hardware", 16'000);
  CHECK(source->format().sample_rate_hz == 48'000);
  CHECK(source->format().channels == 1);
  const auto samples = recorded(*source, 9'600);
  for (std::size_t i = 0; i < samples.size(); ++i) REQUIRE(samples[i] == ramp(i));
  CHECK(microphone_source("slow", 16'000)->format().sample_rate_hz == 8'000);
}

TEST_CASE("after an overrun a microphone goes on, and says what was lost", "[microphone]") {
  const Devices devices("pcm.late { type scripted overrun_at 1600 }");
  const KeptLog log;
  const auto source = microphone_source("late", 16'000);
  const auto samples = recorded(*source, 3'200);
  for (std::size_t i = 0; i < samples.size(); ++i) REQUIRE(samples[i] == ramp(i < 1'600 ? i : i + 1'000));
  REQUIRE(log.lines().size() == 1);
  CHECK_THAT(log.lines()[0], Contains("microphone 'late': ") && Contains(" s of sound lost in 1 overrun"));
}

TEST_CASE("a microphone that is unplugged ends with an error that names it", "[microphone]") {
  const Devices devices("pcm.loose { type scripted unplugged_at 960 }");
  const auto source = microphone_source("loose", 16'000);
  CHECK(recorded(*source, 960).size() == 960);
  CHECK_THROWS_WITH(source->read(), "microphone 'loose': unplugged");
}

TEST_CASE("a microphone without sound notices that it should stop", "[microphone]") {
  const Devices devices("pcm.still { type scripted silent 1 }");
  const auto source = microphone_source("still", 16'000);
  const testing::StopWhen stop([] { return true; });
  CHECK_THROWS_AS(source->read(), Interrupted);
}

TEST_CASE("a microphone that does not exist is refused by name", "[microphone]") {
  const Devices devices("pcm.outlet { type file slave.pcm nowhere file /dev/null }");
  for (const char* name : {"nowhere", "hw:CARD=None", "outlet", "a'b", ""}) {
    INFO(name);
    CHECK_THROWS_WITH(microphone_source(name, 16'000),
                      Contains("microphone '" + std::string(name) + "': ") && !Contains("\n"));
  }
  CHECK_THROWS_WITH(microphone_source("nowhere", 16'000), Contains("no such device"));
}

TEST_CASE("the list of microphones has those that record, on one line each", "[microphone]") {
  const Devices devices(
      "pcm.yard { type null hint { show on description \"Yard\nBehind the house\" } }\n"
      "pcm.gone { type file slave.pcm nowhere file /dev/null hint { show on description \"Gone\" } }");
  const auto found = microphone::microphones();
  const auto named = [&](const std::string& name) {
    return std::find_if(found.begin(), found.end(), [&](const auto& device) { return device.name == name; });
  };
  REQUIRE(named("yard") != found.end());
  CHECK(named("yard")->description == "Yard Behind the house");
  CHECK(named("gone") == found.end());
  CHECK(named("null") == found.end());
  CHECK(named("samplerate") == found.end());
  CHECK_THAT(microphone::microphone_lines(), Contains("yard\tYard Behind the house\n"));
}
