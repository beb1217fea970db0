// SPDX-License-Identifier: Apache-2.0
// The Dockerfile's steps; scripts/check_packages.sh runs them.
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <regex>
#include <set>
#include <sstream>

using namespace soundfold;
using Catch::Contains;

namespace {

struct Instruction {
  std::string name;
  std::string rest;
};

std::vector<Instruction> dockerfile() {
  const auto whole = read_file(testing::source_folder() / "Dockerfile");
  std::istringstream lines(std::regex_replace(whole, std::regex(R"(\\\n\s*)"), ""));
  std::vector<Instruction> steps;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto space = line.find(' ');
    REQUIRE(space != std::string::npos);
    steps.push_back({line.substr(0, space), line.substr(space + 1)});
  }
  return steps;
}

/// apt-get as images have it: lists fresh in the same step, nothing asked, nothing recommended.
void check_apt(const std::string& command) {
  INFO(command);
  if (command.find("apt-get install") == std::string::npos) return;
  CHECK_THAT(command, Catch::StartsWith("apt-get update && ") && Contains("--yes --no-install-recommends"));
}

}  // namespace

TEST_CASE("the Dockerfile has two stages of Debian 12 and ends as nobody, with programs and options that exist",
          "[packaging]") {
  const std::set<std::string> known{"FROM", "RUN", "WORKDIR", "COPY", "USER", "EXPOSE", "ENTRYPOINT", "CMD"};
  std::vector<std::string> images, started, last_commands;
  std::string user;
  for (const auto& [name, rest] : dockerfile()) {
    INFO(name << " " << rest);
    CHECK(known.count(name) == 1);
    if (name == "FROM") {
      images.push_back(rest);
      last_commands.clear();
      user = "root";
    } else if (name == "RUN") {
      check_apt(rest);
      last_commands.push_back(rest);
    } else if (name == "COPY" && rest.rfind("--from", 0) == 0) {
      CHECK_THAT(rest, Contains("--from=build /soundfold/build/release/deb/soundfold_*.deb "));
    } else if (name == "USER") {
      user = rest;
    } else if (name == "ENTRYPOINT" || name == "CMD") {
      for (const auto& word : nlohmann::json::parse(rest)) started.push_back(word);
    }
  }
  CHECK(images == std::vector<std::string>{"debian:12 AS build", "debian:12-slim"});
  REQUIRE(last_commands.size() == 1);
  CHECK_THAT(last_commands[0], Contains("rm -rf ") && Contains("/var/lib/apt/lists/*"));
  CHECK(user == "nobody");
  REQUIRE_FALSE(started.empty());
  const auto help = testing::run(started[0], {"--help"}).out;
  for (const auto& word : started) {
    if (word.rfind("--", 0) == 0) CHECK_THAT(help, Contains(word + " "));
  }
}
