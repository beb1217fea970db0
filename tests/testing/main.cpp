// SPDX-License-Identifier: Apache-2.0
#define CATCH_CONFIG_RUNNER
#include "support/logging.h"

#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

/// 77 signals ctest that the tests were skipped.
int main(int argc, char** argv) {
  const char* mirror = std::getenv("SOUNDFOLD_MIRROR");
  const bool have_assets = mirror != nullptr && std::filesystem::is_directory(mirror);
  if (std::getenv("SOUNDFOLD_SKIP_WITHOUT_ASSETS") != nullptr && !have_assets) {
    std::puts("skipped: these tests need the real recordings; set SOUNDFOLD_MIRROR to the folder that holds them");
    return 77;
  }
  soundfold::start_logging(soundfold::Verbosity::quiet);
  return Catch::Session().run(argc, argv);
}
