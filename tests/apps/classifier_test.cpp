// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "audio/waveform.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>
#include <sstream>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// 2 s, the second channel the first with its sign changed, as a wrong cable makes it.
void write_inverted_stereo(const fs::path& path) {
  SF_INFO info{};
  info.samplerate = 44100;
  info.channels = 2;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  REQUIRE(file != nullptr);
  for (int i = 0; i < 88200; ++i) {
    const float value = 0.5F * static_cast<float>(std::sin(0.06 * i));
    const float frame[2] = {value, -value};
    sf_writef_float(file, frame, 1);
  }
  sf_close(file);
}

/// White noise at about -90 dBFS: what dither leaves in a file of 16 bits.
std::vector<float> dither(std::size_t samples) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(-5e-5F, 5e-5F);
  std::vector<float> waveform(samples);
  for (float& value : waveform) value = uniform(random);
  return waveform;
}

/// A trained model of dogs and cats and the sounds of issue-like trouble, made once for all tests of this file.
struct Place : testing::SmallPlace {
  Place() {
    train("1");
    fs::create_directories(*this / "quiet");
    audio::write_wav(*this / "quiet/zeros.wav", std::vector<float>(80000), 16000);
    audio::write_wav(*this / "quiet/dither.wav", dither(80000), 16000);
    write_inverted_stereo(*this / "quiet/inverted.wav");
    dog = "set/audio/" + clip_of("dog");
    cat = "set/audio/" + clip_of("cat");
  }

  std::string clip_of(const std::string& category) const {
    for (const auto& line : lines_of(read_file(*this / "set/meta/esc50.csv"))) {
      if (line.find("," + category + ",") != std::string::npos) return line.substr(0, line.find(','));
    }
    throw std::runtime_error("no clip of " + category);
  }

  testing::ProgramResult classify(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--model", "experiments/a/latest/model.pt"});
    return testing::run("classifier", arguments, path());
  }

  std::string dog, cat;
};

const Place& place() {
  static const Place made;
  return made;
}

}  // namespace

TEST_CASE("classifier answers silence to zeros, dither and channels that cancel, in every format", "[apps]") {
  const auto text = place().classify({"quiet", place().dog});
  INFO(text.err);
  REQUIRE(text.exit_code == 0);
  const auto lines = lines_of(text.out);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "quiet/dither.wav: silence");
  CHECK(lines[1] == "quiet/inverted.wav: silence");
  CHECK(lines[2] == "quiet/zeros.wav: silence");
  CHECK_THAT(lines[3], Contains("dog ") && Contains(" (of these classes)"));
  CHECK_THAT(text.err, Contains("no negative class") && Contains("2 classes"));

  const auto json = place().classify({"--json", "--timeline", "quiet/zeros.wav"});
  const auto answer = nlohmann::json::parse(json.out);
  CHECK(answer["none"] == "silence");
  CHECK(answer["classes"].empty());
  CHECK(answer["level_dbfs"] == -120);
  CHECK(answer["timeline"].size() == 10);
  for (const auto& window : answer["timeline"]) CHECK(window["none"] == "silence");

  const auto csv = place().classify({"--csv", "quiet/zeros.wav"});
  CHECK(csv.out == "file,start_s,end_s,class,probability\nquiet/zeros.wav,0.00,5.00,silence,\n");

  for (const std::string flag : {"--all", "--no-silence-gate"}) {
    const auto open = place().classify({"--json", flag, "quiet/zeros.wav"});
    CHECK(nlohmann::json::parse(open.out)["classes"].size() == 2);
  }
}

TEST_CASE("classifier takes the requested channel, or the model's", "[apps]") {
  for (const std::string channels : {"left", "right", "loudest"}) {
    const auto result = place().classify({"--json", "--channels", channels, "quiet/inverted.wav"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    CHECK(nlohmann::json::parse(result.out)["level_dbfs"].get<double>() == Approx(-9.0).margin(0.2));  // 0.5 of a sine
  }
  CHECK_THAT(place().classify({"quiet/inverted.wav"}).err, Contains("inverted.wav") && Contains("cancel"));
  CHECK(place().classify({"--channels", "both", "quiet/inverted.wav"}).exit_code == 2);

  const testing::SmallPlace other;
  other.run("trainer", {"--config", "a.yaml", "--threads", "1", "--set", "data.channels=left"});
  write_inverted_stereo(other / "inverted.wav");
  const auto answer = other.run("classifier", {"--model", "experiments/a/latest/model.pt", "--json", "inverted.wav"});
  CHECK(nlohmann::json::parse(answer)["level_dbfs"].get<double>() == Approx(-9.0).margin(0.2));
}

TEST_CASE("the silence gate of the configuration is the model's", "[apps]") {
  const testing::SmallPlace other;
  other.run("trainer", {"--config", "a.yaml", "--threads", "1", "--set", "decision.silence_gate=false"});
  audio::write_wav(other / "zeros.wav", std::vector<float>(20000), 16000);
  const auto answer = other.run("classifier", {"--model", "experiments/a/latest/model.pt", "--json", "zeros.wav"});
  CHECK(nlohmann::json::parse(answer)["classes"].size() == 2);
}

TEST_CASE("classifier takes folders and lists; a bad file is one line and the others are classified, in order",
          "[apps]") {
  write_file_atomically(place() / "noise.wav", "this is not a sound");
  write_file_atomically(place() / "list.txt", place().cat + "\nnoise.wav\nmissing.wav\nset\n");
  fs::create_directories(place() / "empty");
  const auto one = place().classify({"--json", "--threads", "1", "--list", "list.txt", "quiet", "empty", place().dog});
  INFO(one.err);
  CHECK(one.exit_code == 1);
  std::vector<std::string> files;
  for (const auto& line : lines_of(one.out)) files.push_back(nlohmann::json::parse(line)["file"]);
  REQUIRE(files.size() == 15);
  CHECK(
      std::vector<std::string>(files.begin(), files.begin() + 5) ==
      std::vector<std::string>{"quiet/dither.wav", "quiet/inverted.wav", "quiet/zeros.wav", place().dog, place().cat});
  CHECK(std::is_sorted(files.begin() + 5, files.end()));
  CHECK_THAT(one.err, Contains("noise.wav") && Contains("missing.wav") && Contains("empty"));
  CHECK_THAT(one.err, Contains("classifier: error: 3 of 18 files could not be classified"));

  const auto three =
      place().classify({"--json", "--threads", "3", "--list", "list.txt", "quiet", "empty", place().dog});
  CHECK(three.exit_code == 1);
  CHECK(three.out == one.out);
}

TEST_CASE("classifier without input, or with two formats, is refused", "[apps]") {
  CHECK(place().classify({}).exit_code == 2);
  CHECK_THAT(place().classify({}).err, Contains("no input"));
  CHECK(place().classify({"--json", "--csv", place().dog}).exit_code == 2);
  CHECK(place().classify({"--list", "gone.txt"}).exit_code == 1);
}

TEST_CASE("YAMNet's own classes need no gate: silence is one of them", "[apps]") {
  const auto zeros =
      place().run("classifier", {"--model", "data/yamnet.pt", "--json", "--top", "1", "quiet/zeros.wav"});
  CHECK(nlohmann::json::parse(zeros)["classes"][0]["class"] == "Silence");
}
