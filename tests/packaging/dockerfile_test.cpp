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

/// What a stage of the Dockerfile is made by.
struct Stage {
  std::string from;
  std::string user = "root";
  std::vector<std::string> commands, copied, started;
};

std::vector<Stage> stages() {
  const std::set<std::string> known{"FROM", "RUN", "WORKDIR", "COPY", "USER", "EXPOSE", "ENTRYPOINT", "CMD"};
  std::vector<Stage> all;
  for (const auto& [name, rest] : dockerfile()) {
    INFO(name << " " << rest);
    CHECK(known.count(name) == 1);
    if (name == "FROM") {
      all.emplace_back();
      all.back().from = rest;
      continue;
    }
    REQUIRE_FALSE(all.empty());
    auto& stage = all.back();
    if (name == "RUN") stage.commands.push_back(rest);
    if (name == "COPY" && rest.rfind("--from", 0) == 0) stage.copied.push_back(rest);
    if (name == "USER") stage.user = rest;
    if (name == "ENTRYPOINT" || name == "CMD") {
      for (const auto& word : nlohmann::json::parse(rest)) stage.started.push_back(word);
    }
  }
  return all;
}

}  // namespace

TEST_CASE("the Dockerfile builds once, and two stages of Debian 12 install packages and end as nobody", "[packaging]") {
  const auto all = stages();
  REQUIRE(all.size() == 3);
  CHECK(all[0].from == "debian:12 AS build");
  CHECK(all[1].from == "debian:12-slim AS train");
  CHECK(all[2].from == "debian:12-slim");
  for (const auto& stage : all) {
    for (const auto& command : stage.commands) check_apt(command);
  }
  for (const std::size_t i : {1, 2}) {
    INFO(all[i].from);
    REQUIRE(all[i].commands.size() == 1);
    CHECK_THAT(all[i].commands[0], Contains("rm -rf ") && Contains("/var/lib/apt/lists/*"));
    REQUIRE(all[i].copied.size() == 1);
    CHECK_THAT(all[i].copied[0], Catch::StartsWith("--from=build /soundfold/build/release/deb/soundfold"));
    CHECK(all[i].user == "nobody");
  }
}

TEST_CASE("the last stage of the Dockerfile starts the server, with options that exist", "[packaging]") {
  const auto started = stages().back().started;
  REQUIRE_FALSE(started.empty());
  const auto help = testing::run(started[0], {"--help"}).out;
  for (const auto& word : started) {
    if (word.rfind("--", 0) == 0) CHECK_THAT(help, Contains(word + " "));
  }
}

TEST_CASE("the Kubernetes job's image is the Dockerfile's stage with all programs, and its command one of them",
          "[packaging]") {
  const auto train = stages().at(1);
  CHECK_THAT(train.copied.at(0), Contains("/deb/soundfold*.deb /tmp/"));
  CHECK_THAT(train.commands.at(0), Contains(" /tmp/soundfold_*.deb /tmp/soundfold-train_*.deb "));
  CHECK(train.started.empty());  // the job names its program

  const auto job = read_file(testing::source_folder() / "examples/cluster/embed_job.yaml");
  std::smatch image, command;
  REQUIRE(std::regex_search(job, image, std::regex(R"(image: ([a-z-]+):latest\n)")));
  REQUIRE(std::regex_search(job, command, std::regex(R"re(command: \["([a-z]+)"\])re")));
  const auto build = "docker build --target train --tag " + image[1].str() + " .";
  CHECK_THAT(read_file(testing::source_folder() / "Dockerfile"), Contains(build));
  CHECK_THAT(job, Contains(build));
  const auto programs = read_file(testing::build_folder() / "programs.txt");
  CHECK_THAT("\n" + programs, Contains("\n" + command[1].str() + "\n"));
}
