// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "audio/waveform.h"
#include "microphone/alsa_configuration.h"
#include "support/files.h"
#include "testing/running_program.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <random>
#include <sstream>
#include <thread>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// A trained model of dogs and cats, for which every sound is an event of one of them, and a yard: noise from 2 to 4 s
/// and from 6 to 7 s, silence elsewhere.
struct YardPlace : testing::SmallPlace {
  YardPlace() {
    train("1");
    std::vector<float> yard(160'000);
    std::mt19937 random(3);
    std::uniform_real_distribution<float> uniform(-0.3F, 0.3F);
    for (std::size_t i = 32'000; i < 64'000; ++i) yard[i] = uniform(random);
    for (std::size_t i = 96'000; i < 112'000; ++i) yard[i] = uniform(random);
    audio::write_wav(*this / "yard.wav", yard, 16'000);
    fs::create_directories(*this / "more/yard");
    fs::copy(*this / "yard.wav", *this / "more/yard/night.wav");
    write_file_atomically(*this / "more/broken.wav", "no sound");
    write_file_atomically(*this / "rules.json",
                          R"({"classes": {"dog": {"on": 1e-6, "off": 1e-6}, "cat": {"on": 1, "off": 1}}})");
    write_file_atomically(*this / "model", "");
  }

  testing::ProgramResult classify(std::vector<std::string> arguments) const {
    const std::vector<std::string> first = {"--model", "experiments/a/latest/model.safetensors", "--events", "--rules",
                                            "rules.json"};
    arguments.insert(arguments.begin(), first.begin(), first.end());
    return testing::run("classifier", arguments, path());
  }

  /// Through a shell, so that there can be a pipe.
  testing::ProgramResult shell(const std::string& command) const {
    return testing::run("/bin/sh", {"-c", command}, path());
  }

  std::string program(const std::string& name, const std::string& rest) const {
    return testing::program_path(name).string() +
           " --model experiments/a/latest/model.safetensors --rules rules.json " + rest;
  }
};

const YardPlace& yard() {
  static const YardPlace made;
  return made;
}

std::vector<nlohmann::json> events_of_lines(const std::string& lines) {
  std::vector<nlohmann::json> events;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) events.push_back(nlohmann::json::parse(line));
  return events;
}

/// Waits until a line with `part` is printed.
void wait_for_line(const testing::RunningProgram& program, const std::string& part) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (program.out().find(part) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  INFO(program.err());
  REQUIRE_THAT(program.out(), Contains(part));
}

std::size_t files_below(const fs::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) count += entry.is_regular_file() ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("classifier finds events in files, cuts them and writes what editors read", "[apps]") {
  const auto json = yard().classify({"--format", "json", "yard.wav"});
  INFO(json.err);
  REQUIRE(json.exit_code == 0);
  const auto events = events_of_lines(json.out);
  REQUIRE(events.size() == 2);
  for (const auto& event : events) CHECK(event["class"] == "dog");
  CHECK(events[0]["start_s"].get<double>() == Approx(2).margin(0.5));
  CHECK(events[0]["end_s"].get<double>() == Approx(4).margin(0.6));
  CHECK(events[1]["start_s"].get<double>() == Approx(6).margin(0.5));

  const auto cut = yard().classify({"--format", "audacity", "--clips", "heard", "--clip-margin", "0.25", "yard.wav"});
  CHECK_THAT(cut.out, Contains("\tdog\n"));
  CHECK(files_below(yard() / "heard/dog") == 2);
  const auto piped = yard().shell("cat yard.wav | " + yard().program("classifier", "--events --csv -"));
  CHECK(piped.exit_code == 0);
  CHECK_THAT(piped.out, Contains("standard input,"));
  CHECK(yard().classify({"--csv", "yard.wav"}).out.size() > 100);
}

TEST_CASE("classifier writes a file of results for each input, and does not do it twice", "[apps]") {
  const std::vector<std::string> arguments = {"--format",    "raven", "--out",   "results",
                                              "--skip-done", "more",  "yard.wav"};
  const auto first = yard().classify(arguments);
  CHECK(first.exit_code == 1);
  CHECK(first.out.empty());
  CHECK_THAT(first.err, Contains("broken.wav") && Contains("1 of 3 files"));
  CHECK(files_below(yard() / "results") == 2);
  const auto text = read_file(yard() / "results/yard/night.selections.txt");
  CHECK_THAT(text, Contains("Begin Time (s)") && Contains("dog"));
  const auto second = yard().classify(arguments);
  CHECK_THAT(second.err, Contains("2 of 3 files have their results already"));
  CHECK(read_file(yard() / "results/yard/night.selections.txt") == text);
  fs::create_directories(yard() / "more/other");
  const auto two = yard().classify({"--clips", "two", (yard() / "yard.wav").string(), "yard.wav", "more/yard"});
  CHECK(two.exit_code == 2);
  CHECK_THAT(two.err, Contains("would both have clips called yard"));
  const auto clash = yard().classify(
      {"--out", "results", "more/yard/night.wav", "--list", "/dev/null", "yard.wav", (yard() / "yard.wav").string()});
  CHECK(clash.exit_code == 2);
  CHECK_THAT(clash.err, Contains("would both be written to"));
}

TEST_CASE("classifier refuses options that do not go together", "[apps]") {
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& part) {
    const auto result = yard().classify(arguments);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Contains(part));
    CHECK(result.out.empty());
  };
  refused({"--format", "vtt", "yard.wav", "more"}, "holds the events of one file");
  refused({"--csv", "--json", "yard.wav"}, "exclude each other");
  refused({"--raw", "s16le:16000:1", "yard.wav"}, "give - as an input");
  refused({"--skip-done", "yard.wav"}, "needs --out");
  refused({"--hop", "0.123", "yard.wav"}, "a multiple of 0.01 s");
  refused({"--clips", "x", "--clip-margin", "99", "yard.wav"}, "--clip-margin");
}

TEST_CASE("listener tells of events in a pipe as they happen", "[apps]") {
  const auto heard = yard().shell("cat yard.wav | " + yard().program("listener", "--clips live"));
  INFO(heard.err);
  CHECK(heard.exit_code == 0);
  const auto events = events_of_lines(heard.out);
  REQUIRE(events.size() == 4);
  CHECK(events[0]["event"] == "begun");
  CHECK(events[1]["event"] == "ended");
  CHECK(events[1]["id"] == 1);
  CHECK(fs::exists(yard() / events[1]["clip"].get<std::string>()));
  const auto file = events_of_lines(yard().classify({"--format", "json", "yard.wav"}).out);
  for (std::size_t i = 0; i < 2; ++i) {
    for (const char* key : {"start_s", "end_s", "probability", "level_dbfs"}) {
      CHECK(events[2 * i + 1][key].get<double>() == Approx(file.at(i)[key].get<double>()).margin(0.051));
    }
  }
}

TEST_CASE("listener ends cleanly at SIGTERM, with what is open ended", "[apps]") {
  testing::RunningProgram program(
      "listener",
      {"--model", "experiments/a/latest/model.safetensors", "--rules", "rules.json", "--command",
       "tail -c 224000 yard.wav | head -c 64000; sleep 60", "--raw", "s16le:16000:1"},
      yard().path());
  wait_for_line(program, "begun");
  program.send_signal(SIGTERM);
  const auto result = program.result();
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, Contains("\"event\":\"ended\""));
  CHECK_THAT(result.err, Contains("stopped"));
}

TEST_CASE("listener hears a microphone until SIGTERM", "[apps]") {
  const auto sound = read_file(yard() / "yard.wav");
  std::vector<std::int16_t> whole(160'000);
  std::memcpy(whole.data(), sound.data() + sound.size() - 2 * whole.size(), 2 * whole.size());
  std::string floats;
  for (const auto sample : whole) {
    const float value = static_cast<float>(sample) / 32'768;
    floats.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  write_file_atomically(yard() / "yard.raw", floats);
  const testing::AlsaConfiguration alsa(
      testing::file_device("yard", yard() / "yard.raw", "hint { show on description \"Yard\" }"));
  testing::RunningProgram program("listener",
                                  {"--model", "experiments/a/latest/model.safetensors", "--rules", "rules.json",
                                   "--microphone", "yard", "--reconnect"},
                                  yard().path(), alsa.environment());
  wait_for_line(program, "\"event\":\"ended\"");
  program.send_signal(SIGTERM);
  const auto result = program.result();
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.err, Contains("stopped"));
  const auto first = events_of_lines(result.out).at(0);
  CHECK(first["class"] == "dog");
  CHECK(first["start_s"].get<double>() == Approx(2).margin(0.5));

  const auto list = testing::run("listener", {"--list-microphones"}, yard().path(), alsa.environment());
  CHECK(list.exit_code == 0);
  CHECK_THAT(list.out, Contains("yard\tYard\n"));
  const auto missing =
      testing::run("listener", {"--model", "experiments/a/latest", "--microphone", "nowhere"}, yard().path());
  CHECK(missing.exit_code == 1);
  CHECK_THAT(missing.err, Contains("microphone 'nowhere': there is no such device"));
  CHECK(std::count(missing.err.begin(), missing.err.end(), '\n') == 1);
}

TEST_CASE("listener refuses what it cannot listen to", "[apps]") {
  const auto refused = [&](const std::string& rest, int exit_code, const std::string& part) {
    const auto result = yard().shell(yard().program("listener", rest) + " < /dev/null");
    INFO(rest);
    CHECK(result.exit_code == exit_code);
    CHECK_THAT(result.err, Contains(part));
    CHECK(result.out.empty());
  };
  refused("--reconnect", 2, "standard input cannot be opened again");
  refused("--raw 16000", 2, "TYPE:RATE:CHANNELS");
  refused("nowhere", 1, "nowhere: No such file");
  refused("--command false", 1, "not a WAV stream");
  write_file_atomically(yard() / "no_rules.json", R"({"classes": {"cow": {}}})");
  const auto rules =
      testing::run("listener", {"--model", "experiments/a/latest", "--rules", "no_rules.json"}, yard().path());
  CHECK(rules.exit_code == 1);
  CHECK_THAT(rules.err, Contains("no_rules.json: the rules of events: 'cow' is not one of the model's classes"));
}
