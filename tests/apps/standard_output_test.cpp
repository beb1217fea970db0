// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// `arguments` may redirect, as in a shell.
testing::ProgramResult run_in_shell(const std::string& program, const std::string& arguments, const fs::path& folder) {
  return testing::run("/bin/bash", {"-c", "exec '" + testing::program_path(program).string() + "' " + arguments},
                      folder);
}

}  // namespace

TEST_CASE("results that cannot be written to standard output are an error", "[apps]") {
  const testing::TempFolder place;
  const std::string work = "--out set --kinds dog,cat --clips-per-fold 1 --seconds 1";
  for (const auto& arguments : {std::string("--help"), std::string("--version"), work}) {
    const auto full = run_in_shell("synthesizer", arguments + " > /dev/full", place.path());
    INFO(arguments << ": " << full.err);
    CHECK(full.exit_code == 1);
    CHECK_THAT(full.err, Contains("synthesizer: error: the results could not be written to standard output"));
  }
  CHECK_THAT(run_in_shell("synthesizer", work, place.path()).out, Contains("0 written, 10 already present"));
}

TEST_CASE("a reader of standard output may leave early", "[apps]") {
  const testing::TempFolder place;
  const std::string trainer = "'" + testing::program_path("trainer").string() + "' --options";
  const auto whole = testing::run("/bin/bash", {"-c", trainer + " | wc -c"}, place.path());
  CHECK(std::stoi(whole.out) > 5000);
  // The reader is gone before trainer prints.
  const auto left =
      testing::run("/bin/bash", {"-c", "(sleep 0.5; " + trainer + ") | true; echo ${PIPESTATUS[0]}"}, place.path());
  CHECK(left.out == "0\n");
  CHECK(left.err.empty());
}

TEST_CASE("with its standard streams closed a program writes into no file of its own", "[apps]") {
  const testing::SmallPlace place;
  write_file_atomically(place / "set/audio/bad.wav", "no sound");  // a warning on stderr, while the store is open
  const std::string arguments = "--weights data/yamnet.pt --store store --on-bad-clip skip set/audio";
  CHECK(run_in_shell("embedder", arguments + " <&- >&- 2>&-", place.path()).exit_code == 0);
  const auto again = run_in_shell("embedder", arguments, place.path());
  INFO(again.err);
  CHECK(again.exit_code == 0);
  CHECK_THAT(again.out, Contains("10/11 clips from the store"));
}
