// SPDX-License-Identifier: Apache-2.0
// Manual pages and shell completions, checked by the tools that read them.
#include "support/files.h"
#include "testing/machine.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>

using namespace soundfold;
using Catch::Contains;

namespace {

std::string page_of(const std::string& program, const std::vector<std::string>& request) {
  const auto result = testing::run(program, request);
  INFO(program << ": " << result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(result.err.empty());
  return result.out;
}

/// What bash offers for the last of `words`; each of them as bash cuts a command line.
std::vector<std::string> offered(const std::filesystem::path& script, const std::string& program,
                                 const std::vector<std::string>& words) {
  std::string line = ". " + script.string() + "; COMP_WORDS=(" + program;
  for (const auto& word : words) line += " '" + word + "'";
  line += "); COMP_CWORD=" + std::to_string(words.size()) + "; _soundfold_" + program +
          R"(; printf '%s\n' "${COMPREPLY[@]}")";
  const auto result = testing::run("/usr/bin/env", {"bash", "-c", line}, testing::source_folder());
  INFO(line << "\n" << result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  std::vector<std::string> replies;
  std::istringstream lines(result.out);
  for (std::string reply; std::getline(lines, reply);) replies.push_back(reply);
  return replies;
}

}  // namespace

TEST_CASE("every program prints a manual page without a warning of those who read it", "[apps]") {
  const testing::TempFolder folder;
  for (const auto& program : testing::programs()) {
    INFO(program);
    const auto page = page_of(program, {"--man"});
    CHECK_THAT(page, Contains(".SH NAME\n" + program + " \\- ") && Contains("\\fB\\-\\-help\\fR") &&
                         Contains(".SH EXAMPLES\n.EX\n" + program + " "));
    const auto file = folder / (program + ".1");
    write_file_atomically(file, page);
    for (const auto* check : {"groff -man -Tutf8 -ww -z", "mandoc -T lint -W warning"}) {
      const std::string command = check;
      if (!testing::has_program(command.substr(0, command.find(' ')))) continue;
      const auto result = testing::run("/usr/bin/env", {"sh", "-c", command + " " + file.string()});
      INFO(command << "\n" << result.out << result.err);
      CHECK((result.exit_code == 0 && result.out.empty() && result.err.empty()));
    }
  }
}

TEST_CASE("completions are scripts of their shells", "[apps]") {
  const testing::TempFolder folder;
  for (const auto& program : testing::programs()) {
    for (const std::string shell : {"bash", "zsh", "fish"}) {
      INFO(program << ", " << shell);
      const auto script = page_of(program, {"--completion", shell});
      CHECK_THAT(script, Contains("quiet") && Contains("log-format"));
      write_file_atomically(folder / shell, script);
      if (!testing::has_program(shell)) continue;
      const auto read = testing::run("/usr/bin/env", {shell, "-n", (folder / shell).string()});
      INFO(read.out << read.err);
      CHECK((read.exit_code == 0 && read.err.empty()));
    }
  }
  const auto other = testing::run("trainer", {"--completion", "csh"});
  CHECK(other.exit_code == 2);
}

TEST_CASE("bash completes options, their values, keys of the configuration and files", "[apps]") {
  const testing::TempFolder folder;
  const auto trainer = folder / "trainer", evaluator = folder / "evaluator";
  write_file_atomically(trainer, page_of("trainer", {"--completion", "bash"}));
  write_file_atomically(evaluator, page_of("evaluator", {"--completion", "bash"}));
  using Words = std::vector<std::string>;
  CHECK(offered(trainer, "trainer", {"--conf"}) == Words{"--config"});
  CHECK(offered(trainer, "trainer", {"--config", "configs/dogcat_o"}) == Words{"configs/dogcat_other.yaml"});
  CHECK(offered(trainer, "trainer", {"--device", "c"}) == Words{"cpu", "cuda"});
  CHECK(offered(trainer, "trainer", {"--log-format", "=", "j"}) == Words{"json"});
  CHECK(offered(trainer, "trainer", {"--set", "training.epo"}) == Words{"training.epochs="});
  CHECK(offered(trainer, "trainer", {"--set", "head.pooling", "=", "mean"}) == Words{"mean", "mean_max"});
  CHECK(offered(trainer, "trainer", {"--set", "head.standardize", "="}) == Words{"true", "false"});
  CHECK(offered(trainer, "trainer", {"--jobs", ""}).front().empty());
  CHECK(offered(evaluator, "evaluator", {"--split", "t"}) == Words{"train", "test"});
  CHECK(offered(evaluator, "evaluator", {"READ"}) == Words{"README.md"});
  const auto keys = offered(evaluator, "evaluator", {"--set", "data."});
  CHECK(std::find(keys.begin(), keys.end(), "data.root=") != keys.end());
}

TEST_CASE("a manual page is printed although required options are missing, and has the date that is asked for",
          "[apps]") {
  const auto page = testing::run("classifier", {"--man"}, {}, {"SOURCE_DATE_EPOCH=86400"});
  CHECK(page.exit_code == 0);
  CHECK_THAT(page.out, Catch::StartsWith(".TH CLASSIFIER 1 1970-01-02 \"soundfold "));
}
