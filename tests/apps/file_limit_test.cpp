// SPDX-License-Identifier: Apache-2.0
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// A program of ours with no file above `kilobytes`. A shell sets the limit, as a batch system would.
testing::ProgramResult run_limited(int kilobytes, const std::string& program, const std::string& arguments,
                                   const fs::path& folder) {
  const std::string command = "ulimit -f " + std::to_string(kilobytes) + "; exec '" +
                              testing::program_path(program).string() + "' " + arguments;
  return testing::run("/bin/bash", {"-c", command}, folder);
}

}  // namespace

TEST_CASE("past a file-size limit a program says so, leaves nothing half-written and can resume", "[apps]") {
  const testing::TempFolder place;
  const std::string arguments = "--out set --kinds dog,cat --clips-per-fold 1 --seconds 2";  // WAV files of 64 KB
  const auto limited = run_limited(30, "synthesizer", arguments, place.path());
  INFO(limited.err);
  CHECK(limited.exit_code == 1);  // 153 would be SIGXFSZ
  CHECK_THAT(limited.err, Contains("synthesizer: error: ") && Contains("File too large"));
  CHECK(fs::is_empty(place / "set/audio"));
  const auto free = run_limited(1000, "synthesizer", arguments, place.path());
  INFO(free.err);
  CHECK(free.exit_code == 0);
  CHECK_THAT(free.out, Contains("10 written, 0 already present"));
}
