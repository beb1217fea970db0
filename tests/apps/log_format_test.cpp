// SPDX-License-Identifier: Apache-2.0
#include "support/files.h"
#include "testing/json_lines.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace soundfold;
using Catch::Contains;

TEST_CASE("with --log-format json every line on stderr is an object, and stdout has the results alone", "[apps]") {
  const testing::TempFolder place;
  const std::vector<std::string> json = {"--log-format", "json"};
  const auto run = [&](const std::string& program, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), json.begin(), json.end());
    return testing::run(program, arguments, place.path());
  };
  REQUIRE(
      run("synthesizer", {"--out", "set", "--kinds", "dog,cat", "--clips-per-fold", "2", "--seconds", "1"}).exit_code ==
      0);
  write_file_atomically(place / "set/audio/broken.wav", "no sound");
  const auto weights = testing::source_folder() / "models/soundfold-small/soundfold-small.safetensors";
  REQUIRE(run("importer", {"--from", weights.string(), "--out", "data/yamnet.pt"}).exit_code == 0);
  const auto embedded =
      run("embedder", {"--weights", "data/yamnet.pt", "--store", "store", "--on-bad-clip", "skip", "set/audio"});
  INFO(embedded.err);
  CHECK(embedded.exit_code == 0);
  CHECK_THAT(embedded.out, Contains("clips"));
  bool named = false;
  for (const auto& line : testing::json_lines(embedded.err)) {
    CHECK((line.contains("time") && line.contains("level") && line.contains("message")));
    if (line.contains("clip")) named = line["clip"].get<std::string>().find("broken.wav") != std::string::npos;
  }
  CHECK(named);
}

TEST_CASE("mistakes on the command line and errors are objects too", "[apps]") {
  for (const auto& arguments : {std::vector<std::string>{"--log-format=json", "--config", "no_such_file.yaml"},
                                std::vector<std::string>{"--no-such-option", "--log-format", "json"}}) {
    const auto result = testing::run("trainer", arguments);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    const auto lines = testing::json_lines(result.err);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["level"] == "error");
    CHECK(lines[0]["program"] == "trainer");
  }
  CHECK(testing::run("trainer", {"--log-format", "xml"}).exit_code == 2);
}
