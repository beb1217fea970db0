// SPDX-License-Identifier: Apache-2.0
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;

TEST_CASE("every program has help with examples and prints its version", "[apps]") {
  for (const auto& program : testing::programs()) {
    INFO(program);
    const auto help = testing::run(program, {"--help"});
    CHECK(help.exit_code == 0);
    CHECK_THAT(help.out, Contains("Examples:") && Contains("  " + program + " ") && Contains("--quiet"));
    const auto version = testing::run(program, {"--version"});
    CHECK(version.exit_code == 0);
    CHECK_THAT(version.out, Catch::Matches("soundfold [0-9]+\\.[0-9]+\\.[0-9]+\\s*"));
  }
}

TEST_CASE("a wrong option is one line and exit code 2", "[apps]") {
  for (const auto& program : testing::programs()) {
    INFO(program);
    const auto result = testing::run(program, {"--no-such-option"});
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(result.err.find('\n') == result.err.size() - 1);
    CHECK_THAT(result.err, Catch::StartsWith(program + ": error: "));
  }
}

TEST_CASE("trainer lists its keys and prints the resolved configuration", "[apps]") {
  CHECK_THAT(testing::run("trainer", {"--options"}).out,
             Contains("training.batch_size = 32") && Contains("head.hidden = [512]") && !Contains("distillation."));
  const auto config = (testing::source_folder() / "configs/dogcat_two_folds.yaml").string();
  const auto printed = testing::run("trainer", {"--config", config, "--print-config", "--set", "seed=9"});
  CHECK(printed.exit_code == 0);
  CHECK_THAT(printed.out, Contains("name: dogcat_two_folds") && Contains("seed: 9") && Contains("classes: [dog, cat]"));
}

TEST_CASE("distiller lists its keys, and each program refuses the other's configurations", "[apps]") {
  CHECK_THAT(testing::run("distiller", {"--options"}).out,
             Contains("training.batch_size = 32") && Contains("distillation.crops = 16000") && !Contains("head."));
  const auto config = [](const char* name) { return (testing::source_folder() / "configs" / name).string(); };
  const auto printed = testing::run("distiller", {"--config", config("distill_small.yaml"), "--print-config"});
  CHECK(printed.exit_code == 0);
  CHECK_THAT(printed.out, Contains("name: distill_small") && Contains("init: teacher"));
  const auto distilling = testing::run("trainer", {"--config", config("distill_small.yaml"), "--print-config"});
  CHECK(distilling.exit_code == 2);
  CHECK_THAT(distilling.err, Contains("use distiller for this file"));
  const auto classifying = testing::run("distiller", {"--config", config("dogcat.yaml"), "--print-config"});
  CHECK(classifying.exit_code == 2);
  CHECK_THAT(classifying.err, Contains("use trainer for this file"));
}
